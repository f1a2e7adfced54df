// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/trace/flight_recorder.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <latch>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/tests/observe/find_records.h"
#include "weft/tests/support/in_child.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft::observe {
namespace {

using testing::EndsWith;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using tests::InChild;
using tests::RunOnThreads;
using tests::StressRounds;

std::string TestFile(const std::string& name) {
  return testing::TempDir() + "/" + name;
}

// The recorder of this process.
const FlightRecorderOptions& Options() {
  static const FlightRecorderOptions& options = *new FlightRecorderOptions{
      .ring_bytes = 4096, .max_threads = 24, .file = TestFile("test.weft")};
  return options;
}
constexpr std::size_t kCapacity = 4096 / 32;

class FlightRecorderTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    StartFlightRecorder(Options());
    SetLevel(Level::kOff);
  }
  ~FlightRecorderTest() override { SetLevel(Level::kOff); }
};

// The clock is the steady clock's.
TEST_F(FlightRecorderTest, TimesAreInNanoseconds) {
  using std::chrono::steady_clock;
  SetLevel(Level::kFlight);
  const AsyncResource resource("LONG");
  const steady_clock::time_point begin = steady_clock::now();
  steady_clock::duration inside{};
  resource.RunInAsyncScope([&] {
    const steady_clock::time_point start = steady_clock::now();
    while (steady_clock::now() - start < std::chrono::milliseconds(20)) {
    }
    inside = steady_clock::now() - start;
  });
  const steady_clock::duration outside = steady_clock::now() - begin;
  const std::vector<Record> records =
      RecordsOf(TakeSnapshot(), resource.async_id());
  ASSERT_THAT(records, SizeIs(1));
  const auto taken = records[0].end - records[0].begin;
  EXPECT_GE(taken, inside * 99 / 100);
  EXPECT_LE(taken, outside * 101 / 100);
}

// What is written over is counted, and what is left is the newest.
TEST_F(FlightRecorderTest, OverwritesTheOldest) {
  SetLevel(Level::kFlight);
  constexpr std::size_t kRuns = 3 * kCapacity + 5;
  std::vector<AsyncId> ids;
  pid_t system_id = 0;
  std::optional<Recording> recording;
  std::thread([&] {
    system_id = gettid();
    for (std::size_t i = 0; i < kRuns; ++i) {
      const AsyncResource resource("MANY");
      ids.push_back(resource.async_id());
      resource.RunInAsyncScope([] {});
    }
    recording = TakeSnapshot();
  }).join();
  const RecordedThread* const thread = FindThread(*recording, system_id);
  ASSERT_NE(thread, nullptr);
  // One place is what the owner may be writing.
  ASSERT_THAT(thread->records, SizeIs(kCapacity - 1));
  EXPECT_EQ(thread->overwritten, kRuns - thread->records.size());
  EXPECT_EQ(thread->damaged, 0u);
  EXPECT_EQ(thread->incomplete, 0u);
  for (std::size_t i = 0; i < thread->records.size(); ++i) {
    EXPECT_EQ(thread->records[i].async_id, ids[thread->overwritten + i]);
  }
}

TEST_F(FlightRecorderTest, TellsWhatRunsNow) {
  SetLevel(Level::kFlight);
  const AsyncResource outer("OUTER");
  const AsyncResource inner("INNER");
  std::optional<Recording> recording;
  outer.RunInAsyncScope(
      [&] { inner.RunInAsyncScope([&] { recording = TakeSnapshot(); }); });
  const RecordedThread* thread = FindThread(*recording, gettid());
  ASSERT_NE(thread, nullptr);
  ASSERT_THAT(thread->running, SizeIs(2));
  EXPECT_EQ(thread->running[0].async_id, outer.async_id());
  EXPECT_EQ(thread->running[1].async_id, inner.async_id());
  EXPECT_EQ(recording->sites.at(thread->running[1].site).type, "INNER");
  EXPECT_LE(thread->running[1].begin, thread->running[1].end);
  // What had begun when recording ended is not known to run.
  outer.RunInAsyncScope([&] {
    SetLevel(Level::kOff);
    recording = TakeSnapshot();
  });
  thread = FindThread(*recording, gettid());
  ASSERT_NE(thread, nullptr);
  EXPECT_THAT(thread->running, IsEmpty());
}

// Runs one inside the other, `depth` of them.
void Nest(int depth) {
  if (depth == 0) return;
  AsyncResource("NESTED").RunInAsyncScope([&] { Nest(depth - 1); });
}

// Losses are counted: runs whose beginning is not known.
TEST_F(FlightRecorderTest, CountsWhatItCannotTell) {
  SetLevel(Level::kFlight);
  std::optional<Recording> recording;
  pid_t system_id = 0;
  std::thread([&] {
    system_id = gettid();
    Nest(40);
    SetLevel(Level::kOff);
    AsyncResource("HALF").RunInAsyncScope([] { SetLevel(Level::kFlight); });
    Nest(1);
    recording = TakeSnapshot();
  }).join();
  const RecordedThread* const thread = FindThread(*recording, system_id);
  ASSERT_NE(thread, nullptr);
  EXPECT_THAT(thread->records, SizeIs(33));
  EXPECT_EQ(thread->incomplete, 9u);
}

// A type is a text that may be gone, and others in its place.
TEST_F(FlightRecorderTest, TypesAreKeptByTheirLetters) {
  SetLevel(Level::kFlight);
  std::vector<std::string> expected;
  std::vector<AsyncId> ids;
  for (const char* const type : {"ONE_OF_THREE", "TWO_OF_THREE", "SIX"}) {
    std::string text = type;
    const AsyncResource resource(text);
    resource.RunInAsyncScope([] {});
    ids.push_back(resource.async_id());
    expected.push_back(type);
  }
  const std::string long_type(100, 'x');
  const AsyncResource resource(long_type);
  resource.RunInAsyncScope([] {});
  ids.push_back(resource.async_id());
  expected.push_back(std::string(47, 'x'));
  const Recording recording = TakeSnapshot();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::vector<Record> records = RecordsOf(recording, ids[i]);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(recording.sites.at(records[0].site).type, expected[i]);
  }
}

// The memory is as large as it says, also with more threads than it is for;
// what those do is lost, and counted.
TEST_F(FlightRecorderTest, MemoryIsBounded) {
  SetLevel(Level::kFlight);
  const std::uint64_t before = TakeSnapshot().lost_records;
  const int count = static_cast<int>(Options().max_threads) + 4;
  std::latch ran(count);
  RunOnThreads(count, [&](int) {
    Nest(2);
    ran.arrive_and_wait();
  });
  const Recording recording = TakeSnapshot();
  EXPECT_LE(recording.threads.size(), Options().max_threads);
  // Four at least found no ring: two beginnings and two ends each.
  EXPECT_GE(recording.lost_records - before, 4u * 4);
  EXPECT_EQ(std::filesystem::file_size(Options().file),
            FlightRecorderBytes(Options()));
}

// A thread that has ended leaves its ring to another one: no snapshot mixes
// them. Each thread has its name for the type of what it runs.
TEST_F(FlightRecorderTest, ARingThatIsUsedAgainKeepsThreadsApart) {
  SetLevel(Level::kFlight);
  const std::jthread owners([](const std::stop_token& stop) {
    for (int i = 0; !stop.stop_requested(); ++i) {
      // Not more names than there is room for sites.
      const std::string name = "owner-" + std::to_string(i % 1000);
      std::thread([&] {
        pthread_setname_np(pthread_self(), name.c_str());
        for (int n = 0; n < 5; ++n) {
          AsyncResource(name).RunInAsyncScope([] {});
        }
      }).join();
    }
  });
  std::size_t seen = 0;
  for (int i = 0, rounds = StressRounds(300); i < rounds || seen == 0; ++i) {
    const Recording recording = TakeSnapshot();
    for (const RecordedThread& thread : recording.threads) {
      if (!thread.name.starts_with("owner-")) continue;
      for (const Record& record : thread.records) {
        ++seen;
        ASSERT_EQ(recording.sites.at(record.site).type, thread.name);
      }
    }
  }
}

TEST_F(FlightRecorderTest, TheFileHasWhatTheSnapshotHas) {
  SetLevel(Level::kFlight);
  Nest(3);
  SetLevel(Level::kOff);
  const Recording snapshot = TakeSnapshot();
  const Recording read = ReadRecording(Options().file);
  EXPECT_EQ(read.start, snapshot.start);
  EXPECT_EQ(read.process_id, snapshot.process_id);
  ASSERT_EQ(read.sites.size(), snapshot.sites.size());
  ASSERT_EQ(read.threads.size(), snapshot.threads.size());
  for (std::size_t i = 0; i < read.threads.size(); ++i) {
    EXPECT_EQ(read.threads[i].name, snapshot.threads[i].name);
    EXPECT_EQ(read.threads[i].records, snapshot.threads[i].records);
  }
}

// What a damaged file no longer has is left out, and counted.
TEST_F(FlightRecorderTest, ADamagedFileIsFound) {
  const std::string copy = TestFile("copy.weft");
  SetLevel(Level::kFlight);
  Nest(3);
  SetLevel(Level::kOff);
  std::filesystem::copy_file(Options().file, copy,
                             std::filesystem::copy_options::overwrite_existing);
  const std::size_t records = [&] {
    std::size_t count = 0;
    for (const RecordedThread& thread : ReadRecording(copy).threads) {
      count += thread.records.size();
    }
    return count;
  }();
  ASSERT_GT(records, 0u);
  {
    // Each record's lap.
    std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
    for (std::size_t thread = 0; thread < Options().max_threads; ++thread) {
      const std::size_t ring =
          4096 + 4096 * 256 + thread * (4096 + 4096) + 4096;
      for (std::size_t record = 0; record < kCapacity; ++record) {
        file.seekp(static_cast<std::streamoff>(ring + record * 32 + 24));
        file.put('\x77');
      }
    }
  }
  std::size_t damaged = 0;
  for (const RecordedThread& thread : ReadRecording(copy).threads) {
    EXPECT_THAT(thread.records, IsEmpty());
    damaged += thread.damaged;
  }
  EXPECT_EQ(damaged, records);

  std::filesystem::resize_file(copy, 100'000);
  EXPECT_THROW(ReadRecording(copy), std::invalid_argument);
  std::ofstream(copy) << std::string(5000, 'x');
  EXPECT_THROW(ReadRecording(copy), std::invalid_argument);
  std::ofstream(copy) << "short";
  EXPECT_THROW(ReadRecording(copy), std::invalid_argument);
  EXPECT_THROW(ReadRecording(TestFile("none.weft")), std::system_error);
}

TEST_F(FlightRecorderTest, SaysWhatIsWrong) {
  EXPECT_THROW(FlightRecorderBytes({.ring_bytes = 1000}),
               std::invalid_argument);
  EXPECT_THROW(FlightRecorderBytes({.ring_bytes = 512}), std::invalid_argument);
  EXPECT_THROW(FlightRecorderBytes({.max_threads = 0}), std::invalid_argument);
  EXPECT_THROW(FlightRecorderBytes({.max_threads = 65'537}),
               std::invalid_argument);
  EXPECT_THROW(StartFlightRecorder(), std::logic_error);
}

// A child of fork() records nothing into the memory of its parent, and may have
// a recorder of its own.
TEST_F(FlightRecorderTest, AChildHasARecorderOfItsOwn) {
  SetLevel(Level::kFlight);
  Nest(1);
  EXPECT_EQ(
      InChild([] {
        Nest(1);
        EXPECT_THAT(TakeSnapshot().threads, IsEmpty());
        EXPECT_THROW(StartFlightRecorder({.file = "/no/such/folder/file"}),
                     std::system_error);
        // One that cannot begin leaves nothing behind.
        const std::string folder = TestFile("folder");
        std::filesystem::create_directory(folder);
        EXPECT_THROW(StartFlightRecorder({.file = folder}), std::system_error);
        for (const auto& entry :
             std::filesystem::directory_iterator(testing::TempDir())) {
          EXPECT_THAT(entry.path().string(), Not(EndsWith(".new")));
        }
        StartFlightRecorder({.ring_bytes = 1024, .max_threads = 1});
        Nest(2);
        const Recording recording = TakeSnapshot();
        ASSERT_THAT(recording.threads, SizeIs(1));
        EXPECT_THAT(recording.threads[0].records, SizeIs(2));
      }),
      0);
  const Recording recording = TakeSnapshot();
  EXPECT_EQ(recording.process_id, static_cast<std::uint32_t>(getpid()));
}

// A process that is killed leaves a file that names what ran last.
TEST_F(FlightRecorderTest, AFileOutlivesItsProcess) {
  const std::string file = TestFile("killed.weft");
  EXPECT_EQ(InChild([&] {
              StartFlightRecorder(
                  {.ring_bytes = 1024, .max_threads = 2, .file = file});
              SetLevel(Level::kFlight);
              AsyncResource("ENDED").RunInAsyncScope([] {});
              AsyncResource("OUTER").RunInAsyncScope([] {
                AsyncResource("LAST").RunInAsyncScope(
                    [] { kill(getpid(), SIGKILL); });
              });
            }),
            tests::kSignal + SIGKILL);
  const Recording recording = ReadRecording(file);
  ASSERT_THAT(recording.threads, SizeIs(1));
  const RecordedThread& thread = recording.threads[0];
  ASSERT_THAT(thread.records, SizeIs(1));
  EXPECT_EQ(recording.sites.at(thread.records[0].site).type, "ENDED");
  ASSERT_THAT(thread.running, SizeIs(2));
  EXPECT_LE(thread.records[0].end, thread.running[0].begin);
  EXPECT_LE(thread.running[0].begin, thread.running[1].begin);
  const RecordedSite& last = recording.sites.at(thread.running[1].site);
  EXPECT_EQ(last.type, "LAST");
  EXPECT_THAT(last.file, EndsWith("flight_recorder_test.cc"));
}

}  // namespace
}  // namespace weft::observe
