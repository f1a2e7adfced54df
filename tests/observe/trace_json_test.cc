// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/trace/trace_json.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/messages.h"
#include "weft/observe/trace/flight_recorder.h"
#include "weft/observe/trace/otlp_json.h"

namespace weft::observe {
namespace {

using std::chrono::nanoseconds;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Returns what a program says of a text: empty if that finds a fault.
std::string Checked(const std::string& json,
                    const std::string& program = "check_trace.py") {
  const std::string file = testing::TempDir() + "/trace.json";
  const std::string said = testing::TempDir() + "/said.txt";
  std::ofstream(file) << json;
  const std::string command =
      "python3 tests/observe/" + program + ' ' + file + " >" + said;
  const bool is_good = std::system(command.c_str()) == 0;
  std::ifstream in(said);
  std::string line;
  std::getline(in, line);
  return is_good ? line : "";
}

Record RunOf(AsyncId id, std::int64_t begin, std::int64_t end) {
  return {RecordKind::kRun, id, 1, nanoseconds(begin), nanoseconds(end), 1, 0};
}
Record Moment(RecordKind kind, AsyncId id, std::int64_t time) {
  return {kind, id, 1, nanoseconds(time), nanoseconds(time), 1, 0};
}

// A task of main's that runs on a worker, in two parts, each queued once.
Recording TwoThreads() {
  Recording recording;
  recording.process_id = 7;
  recording.sites = {{"", "", 0, ""}, {"TASK", "a/b.cc", 42, "F(\"x\")"}};
  recording.threads.resize(2);
  RecordedThread& main = recording.threads[0];
  main.name = "main";
  main.system_id = 7;
  main.worker.worker = -1;
  main.records = {Moment(RecordKind::kEnqueue, 8, 1'500),
                  Moment(RecordKind::kEnqueue, 16, 1'600)};
  RecordedThread& worker = recording.threads[1];
  worker.name = "worker";
  worker.system_id = 8;
  worker.worker = {1, 0};
  worker.records = {
      // It begins when the one before ends, which is before it was queued.
      RunOf(5, 1'000, 1'400),
      RunOf(8, 1'400, 2'000),
      Moment(RecordKind::kEnqueue, 8, 2'500),
      RunOf(9, 2'400, 2'600),
      RunOf(8, 2'600, 3'000),
      Moment(RecordKind::kDrop, 10, 3'100)};
  worker.running = {RunOf(16, 3'200, 4'000)};
  return recording;
}

TEST(TraceJsonTest, ArrowsGoFromTheQueueToTheRun) {
  const std::string json = TraceJson(TwoThreads());
  EXPECT_EQ(Checked(json), "rows=2 slices=8 arrows=3");
  EXPECT_THAT(json, HasSubstr("worker 8, worker 0 of executor 1"));
  EXPECT_THAT(json, HasSubstr("\"name\":\"TASK b.cc:42\""));
  EXPECT_THAT(json, HasSubstr("\"made at\":\"a/b.cc:42\""));
  EXPECT_THAT(json, HasSubstr("F(\\\"x\\\")"));
  EXPECT_THAT(json, HasSubstr("\"ts\":1.400,\"dur\":0.600"));
  EXPECT_THAT(json, HasSubstr("\"reason\":\"cancelled\""));
  EXPECT_THAT(json, HasSubstr("\"running\":true"));
}

// Where one task ends as the next begins, viewers take the end of an arrow for
// the former's, unless it leads to the next slice.
TEST(TraceJsonTest, AnArrowToABeginLeadsToTheNextSlice) {
  Recording recording = TwoThreads();
  recording.threads[0].records[0] = Moment(RecordKind::kEnqueue, 8, 1'200);
  const std::string json = TraceJson(recording);
  EXPECT_EQ(Checked(json), "rows=2 slices=8 arrows=3");
  const std::string end = "\"tid\":2,\"ts\":1.400,\"cat\":\"submit\",\"id\":1}";
  EXPECT_THAT(json, HasSubstr(end));
  EXPECT_LT(json.find(end), json.find("\"ts\":1.400,\"dur\":"));
  // If it is queued as it begins, it is later than the end of the former.
  recording.threads[0].records[0] = Moment(RecordKind::kEnqueue, 8, 1'400);
  const std::string late = TraceJson(recording);
  EXPECT_EQ(Checked(late), "rows=2 slices=8 arrows=3");
  EXPECT_THAT(late, HasSubstr("\"tid\":2,\"ts\":1.401,\"cat\":\"submit\","
                              "\"bp\":\"e\",\"id\":1}"));
}

TEST(TraceJsonTest, SleepsAreGrey) {
  Recording recording = TwoThreads();
  Record sleep = RunOf(0, 3'050, 3'090);
  sleep.kind = RecordKind::kPark;
  recording.threads[1].records.push_back(sleep);
  const std::string json = TraceJson(recording);
  EXPECT_EQ(Checked(json), "rows=2 slices=9 arrows=3");
  const std::size_t at = json.find("\"cname\":\"grey\"");
  ASSERT_NE(at, std::string::npos);
  EXPECT_GT(at, json.find("\"name\":\"parked\""));
  EXPECT_EQ(json.find("\"cname\"", at + 1), std::string::npos);
}

TEST(TraceJsonTest, RunsHaveTheLabelsOfTheirBegin) {
  Recording recording = TwoThreads();
  recording.threads[1].labels = {
      {nanoseconds(1'400), {{"request", "7"}, {"te\"nant", "a\nb"}}},
      {nanoseconds(2'400), {}}};
  const std::string json = TraceJson(recording);
  EXPECT_EQ(Checked(json), "rows=2 slices=8 arrows=3");
  const std::string labels =
      ",\"labels\":{\"request\":\"7\",\"te\\\"nant\":\"a\\u000ab\"}}}";
  const std::size_t at = json.find(labels);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(json.find("labels", at + labels.size()), std::string::npos);
  EXPECT_LT(json.find("\"ts\":1.400,\"dur\":0.600"), at);
  EXPECT_LT(at, json.find("\"ts\":2.600,\"dur\":0.400"));
  const std::string spans = OtlpJson(recording);
  EXPECT_EQ(Checked(spans, "check_otlp.py"), "spans=5 traces=4 children=0");
  EXPECT_THAT(spans, HasSubstr("{\"key\":\"weft.label.request\",\"value\":{"
                               "\"stringValue\":\"7\"}}"));
}

// The greatest value of each step, though more changes come in it.
TEST(TraceJsonTest, CountersHaveTheGreatestOfEachStep) {
  Recording recording = TwoThreads();
  std::vector<Record>& runs = recording.threads[0].records;
  for (AsyncId id = 100; id < 10'100; ++id) {
    const auto begin = static_cast<std::int64_t>(id) * 100;
    runs.push_back(RunOf(id, begin, begin + 50));
  }
  const std::string json = TraceJson(recording);
  EXPECT_THAT(Checked(json), StartsWith("rows=2 slices=10008 "));
  EXPECT_LT(std::count(json.begin(), json.end(), '\n'), 10'100 + 30);
  EXPECT_THAT(json, HasSubstr("\"ph\":\"C\",\"name\":\"running threads\""));
  EXPECT_THAT(json, HasSubstr("\"ph\":\"C\",\"name\":\"queued tasks\""));
}

TEST(TraceJsonTest, AQueueingWhoseRunIsNotRecordedHasNoArrow) {
  Recording recording = TwoThreads();
  recording.threads[1].records.clear();
  recording.threads[1].running.clear();
  EXPECT_EQ(Checked(TraceJson(recording)), "rows=1 slices=2 arrows=0");
}

// One process sends messages 70, 71 and 72 to another, which begins 70 twice,
// and answers it. 72 never comes, and 99 is nobody's.
std::vector<Recording> TwoProcesses() {
  const auto message = [](RecordKind kind, std::uint64_t id,
                          std::int64_t time) {
    Record record = Moment(kind, 0, time);
    record.detail = id;
    return record;
  };
  std::vector<Recording> two(2);
  for (Recording& recording : two) {
    recording.process_id = 7;  // of two machines
    recording.sites = {{"", "", 0, ""}, {"JOB", "a/b.cc", 42, "F()"}};
    recording.threads.resize(1);
    recording.threads[0].name = "main";
  }
  two[0].start = std::chrono::system_clock::time_point(
      std::chrono::seconds(1'700'000'000));
  two[1].start = two[0].start + std::chrono::microseconds(5);
  two[0].threads[0].records = {message(RecordKind::kSend, 70, 1'000),
                               message(RecordKind::kSend, 71, 1'100),
                               message(RecordKind::kSend, 72, 1'200),
                               message(RecordKind::kReceive, ~70ull, 9'000)};
  two[1].threads[0].records = {message(RecordKind::kReceive, 70, 1'000),
                               message(RecordKind::kReceive, 71, 1'500),
                               message(RecordKind::kReceive, 70, 2'000),
                               message(RecordKind::kSend, ~70ull, 3'000),
                               message(RecordKind::kReceive, 99, 3'500)};
  return two;
}

TEST(TraceJsonTest, MessagesGoFromProcessToProcess) {
  const std::string json = TraceJson(TwoProcesses());
  EXPECT_EQ(Checked(json), "rows=2 slices=9 arrows=4 messages=4 crossing=4");
  EXPECT_THAT(json, HasSubstr("\"name\":\"send\",\"pid\":7,"));
  EXPECT_THAT(json, HasSubstr("\"name\":\"receive\",\"pid\":10000007,"));
  // By the clock of the first process.
  EXPECT_THAT(json, HasSubstr("\"pid\":10000007,\"tid\":1,\"ts\":6.000"));
  EXPECT_THAT(json, HasSubstr("\"message\":\"18446744073709551545\""));
  // Of one process alone there are none to another.
  EXPECT_EQ(Checked(TraceJson({TwoProcesses()[0]})),
            "rows=1 slices=4 arrows=0");
  EXPECT_EQ(Checked(TraceJson(std::vector<Recording>())),
            "rows=0 slices=0 arrows=0");
}

// A process has one recorder.
void StartRecorder() {
  static const bool is_started = [] {
    StartFlightRecorder({.ring_bytes = 4096, .max_threads = 4});
    return true;
  }();
  EXPECT_TRUE(is_started);
}

TEST(TraceJsonTest, WhatATellerSaysIsRecorded) {
  StartRecorder();
  EXPECT_FALSE(AreMessagesWanted());
  TellSent("LETTER", 1);  // to nobody
  SetLevel(Level::kFlight);
  EXPECT_TRUE(AreMessagesWanted());
  const std::uint64_t id = NewMessageId();
  EXPECT_NE(id, NewMessageId());
  const AsyncResource teller("TELLER");
  teller.RunInAsyncScope([&] {
    TellSent("LETTER", 0);  // none
    TellSent("LETTER", id);
    TellReceived("LETTER", id);
  });
  SetLevel(Level::kOff);
  const std::string json = TraceJson(TakeSnapshot());
  EXPECT_THAT(Checked(json), EndsWith("arrows=1 messages=1 crossing=0"));
  EXPECT_THAT(json, HasSubstr("\"type\":\"LETTER\""));
  EXPECT_THAT(json,
              HasSubstr("\"trigger\":" + std::to_string(teller.async_id())));
}

// The check finds what is wrong.
TEST(TraceJsonTest, TheCheckCanFail) {
  Recording recording = TwoThreads();
  recording.threads[1].records.push_back(RunOf(11, 900, 1'200));
  EXPECT_EQ(Checked(TraceJson(recording)), "");
  std::string json = TraceJson(TwoThreads());
  json.replace(json.find("\"ph\":\"f\""), 8, "\"ph\":\"s\"");
  EXPECT_EQ(Checked(json), "");
  json = TraceJson(TwoThreads());
  json.replace(json.find("\"count\":2"), 9, "\"count\":1");
  EXPECT_EQ(Checked(json), "");
  // An arrow to the next slice, which is another's.
  json = TraceJson(TwoThreads());
  json.replace(json.find(",\"bp\":\"e\""), 9, "");
  EXPECT_EQ(Checked(json), "");
  EXPECT_EQ(Checked("{"), "");
}

TEST(TraceJsonTest, AnyTextIsWritten) {
  Recording recording = TwoThreads();
  recording.sites[1].type =
      "a\"\\\n\x01\xff"
      "b";
  const std::string json = TraceJson(recording);
  EXPECT_EQ(Checked(json), "rows=2 slices=8 arrows=3");
  EXPECT_THAT(json, HasSubstr("a\\\"\\\\\\u000a\\u0001\\u00ffb"));
  EXPECT_THAT(json, Not(HasSubstr("\xff")));
}

TEST(TraceJsonTest, WritesWhatIsRecorded) {
  StartRecorder();
  SetLevel(Level::kFull);
  const AsyncResource outer("OUTER");
  const AsyncResource inner("INNER");
  std::string json;
  outer.RunInAsyncScope([&] {
    inner.RunInAsyncScope([] {});
    inner.RunInAsyncScope([&] { json = TraceJson(TakeSnapshot()); });
  });
  SetLevel(Level::kOff);
  EXPECT_THAT(Checked(json), StartsWith("rows=1 slices="));
  EXPECT_THAT(json, AllOf(HasSubstr("\"name\":\"OUTER trace_json_test.cc:"),
                          HasSubstr("\"name\":\"INNER trace_json_test.cc:"),
                          HasSubstr("trace_json_test.cc")));
}

// TwoThreads(), whose task 8 has caused 5, which has caused 9.
Recording CausedTasks() {
  Recording recording = TwoThreads();
  recording.start = std::chrono::system_clock::time_point(
      std::chrono::seconds(1'700'000'000));
  for (Record& record : recording.threads[1].records) {
    if (record.async_id == 9) record.trigger_async_id = 5;
    if (record.async_id == 5) record.trigger_async_id = 8;
    if (record.async_id == 5) record.begin = nanoseconds(1'450);
    if (record.async_id == 5) record.end = nanoseconds(1'500);
  }
  recording.threads[1].records.push_back(Moment(RecordKind::kThrow, 9, 3'200));
  return recording;
}

constexpr char kCheckOtlp[] = "check_otlp.py";

TEST(OtlpJsonTest, EachRunIsASpanOfWhatCausedIt) {
  const std::string json = OtlpJson(CausedTasks(), {.service_name = "shop"});
  // The two runs of 8, one of which began before 5, that and 9; 16.
  EXPECT_EQ(Checked(json, kCheckOtlp), "spans=5 traces=2 children=2");
  EXPECT_THAT(json, HasSubstr("{\"key\":\"service.name\",\"value\":"
                              "{\"stringValue\":\"shop\"}}"));
  EXPECT_THAT(json, HasSubstr("\"startTimeUnixNano\":\"1700000000000001450\""));
  EXPECT_THAT(json, HasSubstr("{\"key\":\"code.line.number\",\"value\":"
                              "{\"intValue\":\"42\"}}"));
  EXPECT_THAT(json, HasSubstr("\"status\":{\"code\":2}"));
  EXPECT_THAT(json, HasSubstr("{\"key\":\"weft.running\",\"value\":"
                              "{\"boolValue\":true}}"));
  EXPECT_THAT(json, HasSubstr("{\"key\":\"weft.left_out\",\"value\":"
                              "{\"intValue\":\"0\"}}"));
}

// The ids are of the run: another recording of the process has the same.
TEST(OtlpJsonTest, IdsStay) {
  Recording recording = CausedTasks();
  const std::string id = "\"spanId\":\"";
  const auto last_id = [&] {
    const std::string json = OtlpJson(recording, {.max_spans = 1});
    return json.substr(json.find(id) + id.size(), 16);
  };
  const std::string first = last_id();
  recording.threads[1].records.erase(recording.threads[1].records.begin());
  EXPECT_EQ(last_id(), first);
  recording.process_id = 8;
  EXPECT_NE(last_id(), first);
}

TEST(OtlpJsonTest, TheNewestAreKept) {
  const std::string json = OtlpJson(CausedTasks(), {.max_spans = 2});
  EXPECT_EQ(Checked(json, kCheckOtlp), "spans=2 traces=2 children=0");
  EXPECT_THAT(json, HasSubstr("{\"key\":\"weft.left_out\",\"value\":"
                              "{\"intValue\":\"3\"}}"));
  EXPECT_EQ(Checked(OtlpJson({}), kCheckOtlp), "spans=0 traces=0 children=0");
}

// Of a damaged file.
TEST(OtlpJsonTest, ACircleOfCausesEnds) {
  Recording recording = CausedTasks();
  for (Record& record : recording.threads[1].records) {
    if (record.async_id == 8) record.trigger_async_id = 9;
  }
  EXPECT_EQ(Checked(OtlpJson(recording), kCheckOtlp),
            "spans=5 traces=2 children=3");
}

TEST(OtlpJsonTest, TheCheckCanFail) {
  const std::string good = OtlpJson(CausedTasks());
  const std::vector<std::pair<std::string, std::string>> faults{
      {"\"kind\":1", "\"kind\":\"INTERNAL\""},
      {"\"intValue\":\"7\"", "\"intValue\":7"},
      {"\"spanId\":\"", "\"spanId\":\"0"},
      {"\"resource\"", "\"source\""},
      {"endTimeUnixNano\":\"1", "endTimeUnixNano\":\"0"}};
  const std::string said = testing::TempDir() + "/said.txt";
  std::string command = std::string("python3 tests/observe/") + kCheckOtlp;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const auto& [text, other] = faults[i];
    std::string bad = good;
    bad.replace(bad.find(text), text.size(), other);
    const std::string file =
        testing::TempDir() + "/bad" + std::to_string(i) + ".json";
    std::ofstream(file) << bad;
    command += ' ' + file;
  }
  EXPECT_NE(std::system((command + " >" + said).c_str()), 0);
  std::ifstream in(said);
  const std::string all((std::istreambuf_iterator<char>(in)), {});
  for (std::size_t i = 0; i < faults.size(); ++i) {
    EXPECT_THAT(all, HasSubstr("bad" + std::to_string(i) + ".json: "));
  }
}

}  // namespace
}  // namespace weft::observe
