// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What crosses a process boundary, and what does not.

#include "weft/propagation/propagator.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/deadline.h"
#include "weft/propagation/baggage.h"
#include "weft/propagation/carrier.h"
#include "weft/propagation/environment.h"
#include "weft/propagation/internal/process_storage.h"
#include "weft/propagation/trace_context.h"
#include "weft/tests/support/allocations.h"
#include "weft/tests/support/in_child.h"
#include "weft/tests/support/run_on_threads.h"

namespace weft {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsNull;
using testing::Le;
using testing::NotNull;
using testing::Pair;
using testing::Pointee;
using testing::StartsWith;
using testing::UnorderedElementsAre;
using tests::AllocationsIn;
using tests::InChild;
using tests::RunOnThreads;

using namespace std::chrono_literals;

using Fields = std::multimap<std::string, std::string>;

constexpr char kParent[] =
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr char kTraceId[] = "0af7651916cd43dd8448eb211c80319c";

std::string EncodeText(const std::string& text) { return text; }
std::optional<std::string> DecodeText(std::string_view text) {
  return std::string(text);
}
std::string EncodeNumber(const int& number) { return std::to_string(number); }
std::optional<int> DecodeNumber(std::string_view text) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || last != end) return std::nullopt;
  return number;
}

class PropagatorTest : public testing::Test {
 protected:
  PropagatorTest() {
    propagator_.Add(tenant_, {.name = "acme-tenant",
                              .encode = EncodeText,
                              .decode = DecodeText,
                              .limit = 16});
    propagator_.Add(
        level_,
        {.name = "acme-level", .encode = EncodeNumber, .decode = DecodeNumber});
  }

  Extracted Extract(const Fields& fields, Trust trust = Trust::kContinue) {
    return propagator_.Extract(MapReader(fields), trust);
  }
  // What is injected by `run()`s flow.
  Fields Injected() {
    Fields fields;
    dropped_ = propagator_.Inject(MapWriter(fields));
    return fields;
  }

  const AsyncLocalStorage<std::string> tenant_;
  const AsyncLocalStorage<int> level_;
  const AsyncLocalStorage<std::string> private_;
  Propagator propagator_;
  Dropped dropped_;
};

TEST_F(PropagatorTest, NothingIsWrittenWhereNothingIsSet) {
  EXPECT_THAT(Injected(), IsEmpty());
}

TEST_F(PropagatorTest, WhatIsAddedTravelsAndNothingElse) {
  const auto trace =
      TraceContext::Storage().WithScope(*TraceContext::Parse(kParent));
  const auto baggage =
      Baggage::Storage().WithScope(Baggage().With("region", "e u"));
  const auto secret = private_.WithScope("hush");
  const auto tenant = tenant_.WithScope("a\r\nb");
  EXPECT_THAT(Injected(),
              UnorderedElementsAre(Pair("traceparent", kParent),
                                   Pair("baggage", "region=e%20u"),
                                   Pair("acme-tenant", "a%0D%0Ab")));
  EXPECT_FALSE(dropped_.any());
}

TEST_F(PropagatorTest, WhatIsInjectedIsExtracted) {
  Fields fields;
  {
    const auto trace = TraceContext::Storage().WithScope(
        TraceContext::New(Sampling::kSampled)
            .With(*TraceState::Parse("a=1,b=2")));
    const auto baggage = Baggage::Storage().WithScope(
        Baggage().With("k", "v", "p").With("empty", ""));
    const auto tenant = tenant_.WithScope("\xC3\xA4% \xFF");
    const auto level = level_.WithScope(-3);
    const DeadlineScope deadline(Deadline::In(1h));
    fields = Injected();
    const Extracted extracted = Extract(fields);
    extracted.Run([&] {
      EXPECT_EQ(
          TraceContext::Current()->trace_id(),
          TraceContext::Parse(fields.find("traceparent")->second)->trace_id());
    });
  }
  EXPECT_THAT(TraceContext::Current(), IsNull());
  const Extracted extracted = Extract(fields);
  EXPECT_FALSE(extracted.dropped().any());
  extracted.Run([&] {
    const auto sent = TraceContext::Parse(fields.find("traceparent")->second);
    const TraceContext& trace = *TraceContext::Current();
    EXPECT_EQ(trace.trace_id(), sent->trace_id());
    EXPECT_EQ(trace.parent_span_id(), sent->span_id());
    EXPECT_NE(trace.span_id(), sent->span_id());
    EXPECT_EQ(trace.sampling(), Sampling::kSampled);
    EXPECT_TRUE(trace.is_random());
    EXPECT_EQ(trace.state().ToString(), "a=1,b=2");
    EXPECT_EQ(*Baggage::Current(),
              Baggage().With("k", "v", "p").With("empty", ""));
    EXPECT_THAT(tenant_.GetStore(), Pointee(std::string("\xC3\xA4% \xFF")));
    EXPECT_THAT(level_.GetStore(), Pointee(-3));
    EXPECT_THAT(Deadline::Current().remaining(), AllOf(Le(1h), Ge(50min)));
  });
  EXPECT_THAT(TraceContext::Current(), IsNull());
}

TEST_F(PropagatorTest, AMessageThatIsSentAgainBearsNothingOfEarlier) {
  Fields fields;
  {
    const auto trace = TraceContext::Storage().WithScope(
        TraceContext::New().With(*TraceState::Parse("a=1")));
    const auto baggage = Baggage::Storage().WithScope(Baggage().With("k", "v"));
    const auto tenant = tenant_.WithScope("t");
    const DeadlineScope deadline(Deadline::In(1h));
    propagator_.Inject(MapWriter(fields));
    EXPECT_EQ(fields.size(), 5u);
  }
  propagator_.Inject(MapWriter(fields));
  EXPECT_THAT(fields, IsEmpty());
}

TEST_F(PropagatorTest, OfAnotherRequestNothingShows) {
  const auto baggage = Baggage::Storage().WithScope(Baggage().With("k", "v"));
  const auto tenant = tenant_.WithScope("other");
  const auto link = TraceContext::LinkStorage().WithScope(TraceContext::New());
  const auto own = private_.WithScope("the server's");
  for (const Trust trust : {Trust::kContinue, Trust::kLink, Trust::kIgnore}) {
    Extract({}, trust).Run([&] {
      EXPECT_THAT(Baggage::Current(), IsNull());
      EXPECT_THAT(tenant_.GetStore(), IsNull());
      EXPECT_THAT(TraceContext::LinkStorage().GetStore(), IsNull());
      EXPECT_THAT(TraceContext::Current(), NotNull());
      EXPECT_THAT(private_.GetStore(), Pointee(std::string("the server's")));
    });
  }
}

TEST_F(PropagatorTest, TrustSaysWhatIsTaken) {
  const Fields fields{{"traceparent", kParent},
                      {"tracestate", "a=1"},
                      {"baggage", "k=v"},
                      {"acme-tenant", "t"},
                      {"request-timeout-ms", "3600000"}};
  Extract(fields, Trust::kLink).Run([&] {
    const TraceContext& trace = *TraceContext::Current();
    EXPECT_NE(trace.trace_id().ToHex(), kTraceId);
    EXPECT_TRUE(trace.state().empty());
    EXPECT_EQ(TraceContext::LinkStorage().Store().trace_id().ToHex(), kTraceId);
    EXPECT_THAT(Baggage::Current(), NotNull());
    EXPECT_THAT(tenant_.GetStore(), NotNull());
    EXPECT_FALSE(Deadline::Current().is_never());
  });
  const Extracted ignored = Extract(fields, Trust::kIgnore);
  EXPECT_FALSE(ignored.dropped().any());
  ignored.Run([&] {
    EXPECT_NE(TraceContext::Current()->trace_id().ToHex(), kTraceId);
    EXPECT_THAT(TraceContext::LinkStorage().GetStore(), IsNull());
    EXPECT_THAT(Baggage::Current(), IsNull());
    EXPECT_THAT(tenant_.GetStore(), IsNull());
    EXPECT_TRUE(Deadline::Current().is_never());
  });
}

TEST_F(PropagatorTest, AMalformedTraceBeginsANewOne) {
  const Fields with_two{{"traceparent", kParent}, {"traceparent", kParent}};
  const Fields malformed{{"traceparent", "00-x"}};
  const Fields orphan{{"tracestate", "a=1"}};
  for (const Fields& fields : {with_two, malformed, orphan}) {
    const Extracted extracted = Extract(fields);
    EXPECT_EQ(extracted.dropped(), Dropped{.fields = 1});
    extracted.Run([&] {
      EXPECT_NE(TraceContext::Current()->trace_id().ToHex(), kTraceId);
      EXPECT_TRUE(TraceContext::Current()->state().empty());
      EXPECT_TRUE(TraceContext::Current()->parent_span_id().is_zero());
    });
  }
  const Extracted extracted =
      Extract({{"traceparent", kParent}, {"tracestate", "A=1"}});
  EXPECT_EQ(extracted.dropped(), Dropped{.fields = 1});
  extracted.Run([&] {
    EXPECT_EQ(TraceContext::Current()->trace_id().ToHex(), kTraceId);
    EXPECT_TRUE(TraceContext::Current()->state().empty());
  });
}

TEST_F(PropagatorTest, ListsMayComeInSeveralLines) {
  Extract({{"traceparent", std::string("\t ") + kParent + " "},
           {"tracestate", "a=1"},
           {"tracestate", ""},
           {"tracestate", "b=2,c=3"},
           {"baggage", "k=1"},
           {"baggage", "l=2, k=3"}})
      .Run([&] {
        EXPECT_EQ(TraceContext::Current()->state().ToString(), "a=1,b=2,c=3");
        EXPECT_EQ(*Baggage::Current(), Baggage().With("k", "3").With("l", "2"));
      });
}

TEST_F(PropagatorTest, ADeadlineCanOnlyComeNearer) {
  const DeadlineScope own(Deadline::In(1s));
  Extract({{"request-timeout-ms", "3600000"}}).Run([] {
    EXPECT_LE(Deadline::Current().remaining(), 1s);
  });
  Extract({{"request-timeout-ms", "0"}}).Run([] {
    EXPECT_TRUE(Deadline::Current().has_passed());
  });
  for (const char* const wrong : {"", "-1", "1.5", "+1", "1s", "99999999999"}) {
    const Extracted extracted = Extract({{"request-timeout-ms", wrong}});
    EXPECT_EQ(extracted.dropped(), Dropped{.fields = 1}) << wrong;
  }
  EXPECT_EQ(Extract({{"request-timeout-ms", "1"}, {"request-timeout-ms", "2"}})
                .dropped(),
            Dropped{.fields = 1});
}

TEST_F(PropagatorTest, TimeLeftIsWholeMillisecondsRoundedDown) {
  const auto left = [&](Deadline deadline) {
    const DeadlineScope scope(deadline);
    const Fields fields = Injected();
    const auto field = fields.find("request-timeout-ms");
    return field == fields.end() ? "none" : field->second;
  };
  EXPECT_EQ(left(Deadline::In(999us)), "0");
  EXPECT_EQ(left(Deadline::In(-1h)), "0");
  EXPECT_EQ(left(Deadline::Never()), "none");
  EXPECT_EQ(left(Deadline::In(std::chrono::hours(24 * 365 * 100))), "none");
  EXPECT_EQ(left(Deadline::In(10h)).size(), 8u);
}

TEST_F(PropagatorTest, StoresHaveLimits) {
  {
    const auto fits = tenant_.WithScope(std::string(16, 'x'));
    EXPECT_EQ(Injected().count("acme-tenant"), 1u);
  }
  for (const std::string& too_long :
       {std::string(17, 'x'), std::string(6, ' ')}) {
    const auto scope = tenant_.WithScope(too_long);
    EXPECT_EQ(Injected().count("acme-tenant"), 0u);
    EXPECT_EQ(dropped_, Dropped{.fields = 1});
  }
  for (const Fields& fields :
       {Fields{{"acme-tenant", std::string(17, 'x')}},
        Fields{{"acme-tenant", "a"}, {"acme-tenant", "b"}}}) {
    const Extracted extracted = Extract(fields);
    EXPECT_EQ(extracted.dropped(), Dropped{.fields = 1});
    extracted.Run([&] { EXPECT_THAT(tenant_.GetStore(), IsNull()); });
  }
}

TEST_F(PropagatorTest, AStoreThatCannotBeDecodedIsNone) {
  const auto other = level_.WithScope(7);
  const Extracted extracted = Extract({{"acme-level", "seven"}});
  EXPECT_EQ(extracted.dropped(), Dropped{.fields = 1});
  extracted.Run([&] { EXPECT_THAT(level_.GetStore(), IsNull()); });
}

TEST_F(PropagatorTest, AnEmptyStoreTravels) {
  const auto scope = tenant_.WithScope("");
  const Fields fields = Injected();
  EXPECT_THAT(fields, ElementsAre(Pair("acme-tenant", "")));
  Extract(fields).Run(
      [&] { EXPECT_THAT(tenant_.GetStore(), Pointee(std::string())); });
}

TEST_F(PropagatorTest, NamesAreChecked) {
  const auto message = [&](std::string name, std::size_t limit = 1) {
    try {
      propagator_.Add(private_, {.name = std::move(name),
                                 .encode = EncodeText,
                                 .decode = DecodeText,
                                 .limit = limit});
      return std::string("accepted");
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
  };
  for (const char* const wrong :
       {"", "A", "a b", "a_b", "1a", "-a", "a:", "a\r\nb", "\xC3\xA4"}) {
    EXPECT_THAT(message(wrong), HasSubstr("the name must be")) << wrong;
  }
  EXPECT_THAT(message(std::string(65, 'a')), HasSubstr("the name must be"));
  for (const char* const used :
       {"traceparent", "tracestate", "baggage", "request-timeout-ms", "host",
        "authorization", "cookie", "content-length", "grpc-timeout", "a-bin",
        "path", "ld-preload", "transfer-encoding"}) {
    EXPECT_THAT(message(used), HasSubstr("use that name")) << used;
  }
  EXPECT_THAT(message("acme-tenant"), HasSubstr("another storage"));
  EXPECT_THAT(message("fine", 0), HasSubstr("limit above 0"));
  EXPECT_THROW(propagator_.Add(private_, {.name = "fine"}),
               std::invalid_argument);
  EXPECT_EQ(message("fine"), "accepted");
  EXPECT_EQ(message(std::string(64, 'a')), "accepted");
}

// CVE-2026-29181 (OpenTelemetry for Go): each of many lines was parsed by
// itself.
TEST_F(PropagatorTest, AThousandLinesAreOneList) {
  const std::string line = "k=" + std::string(1000, 'v');
  Fields one;
  Fields thousand;
  for (int i = 0; i < 1000; ++i) {
    if (i < 8) one.emplace("baggage", line);
    thousand.emplace("baggage", line);
    thousand.emplace("tracestate", "a=1");
  }
  thousand.emplace("traceparent", kParent);
  const Extracted few = Extract(one);
  EXPECT_EQ(few.dropped(), Dropped{.members = 7});  // of the same key
  std::optional<Extracted> many;
  const int allocations = AllocationsIn([&] { many = Extract(thousand); });
  EXPECT_LE(allocations, 100);
  const std::size_t size = 1000 * (line.size() + 1) - 1;
  EXPECT_EQ(many->dropped(),
            (Dropped{.fields = 1,  // tracestate
                     .members = 8,
                     .bytes = size - Baggage::kMaxBytes}));
  many->Run([&] {
    EXPECT_EQ(Baggage::Current()->members().size(), 1u);
    EXPECT_TRUE(TraceContext::Current()->state().empty());
  });
}

TEST_F(PropagatorTest, EmptyLinesCountToo) {
  Fields fields;
  for (int i = 0; i < 1000; ++i) fields.emplace("baggage", "");
  fields.emplace("baggage", "late=1");
  const Extracted extracted = Extract(fields);
  EXPECT_EQ(extracted.dropped(), Dropped{.members = 1});
  extracted.Run([] { EXPECT_THAT(Baggage::Current(), IsNull()); });
}

TEST_F(PropagatorTest, LinesAreCutWhereOneTextWouldBe) {
  const std::string value(4093, 'v');
  for (const int extra : {0, 1}) {
    const Fields fields{
        {"baggage", "a=" + value},
        {"baggage",
         "b=" + value + std::string(static_cast<std::size_t>(extra + 1), 'v')}};
    const Extracted extracted = Extract(fields);
    EXPECT_EQ(extracted.dropped(),
              extra == 0 ? Dropped() : (Dropped{.members = 1, .bytes = 1}));
  }
}

TEST(CarrierTest, AnyMapOfStrings) {
  const Propagator propagator;
  const auto trace =
      TraceContext::Storage().WithScope(*TraceContext::Parse(kParent));
  std::map<std::string, std::string> ordered;
  std::unordered_map<std::string, std::string> hashed;
  propagator.Inject(MapWriter(ordered));
  propagator.Inject(MapWriter(hashed));
  EXPECT_EQ(ordered["traceparent"], kParent);
  EXPECT_EQ(hashed["traceparent"], kParent);
  propagator.Extract(MapReader(hashed), Trust::kContinue).Run([] {
    EXPECT_EQ(TraceContext::Current()->trace_id().ToHex(), kTraceId);
  });
}

// Starts a program, and returns what it prints.
std::string OutputOf(const std::vector<const char*>& arguments,
                     char* const* environment) {
  std::array<int, 2> ends;
  if (pipe(ends.data()) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    std::vector<char*> argv;
    for (const char* const a : arguments) argv.push_back(const_cast<char*>(a));
    argv.push_back(nullptr);
    execve(argv[0], argv.data(), environment);
    _exit(1);
  }
  close(ends[1]);
  std::string output;
  std::array<char, 4096> buffer;
  for (ssize_t size = 0;
       (size = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    output.append(buffer.data(), static_cast<std::size_t>(size));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return output;
}

TEST_F(PropagatorTest, AChildProcessHasTheContextInItsEnvironment) {
  const auto trace =
      TraceContext::Storage().WithScope(*TraceContext::Parse(kParent));
  const auto tenant = tenant_.WithScope("t 1");
  ChildEnvironment environment;
  environment.Set("traceparent", "old");
  propagator_.Inject(environment);
  const std::string output = OutputOf({"/usr/bin/env"}, environment.data());
  EXPECT_THAT(output,
              HasSubstr(std::string("\nTRACEPARENT=") + kParent + "\n"));
  EXPECT_THAT(output, HasSubstr("\nACME_TENANT=t%201\n"));
  EXPECT_THAT(output, testing::Not(HasSubstr("old")));
  EXPECT_THAT(output, HasSubstr("PATH="));
  EXPECT_EQ(std::getenv("TRACEPARENT"), nullptr);
}

TEST_F(PropagatorTest, AProcessReadsItsEnvironment) {
  EXPECT_EQ(
      InChild([&] {
        setenv("TRACEPARENT", kParent, 1);
        setenv("ACME_LEVEL", "5", 1);
        propagator_.Extract(EnvironmentReader(), Trust::kContinue).Run([&] {
          EXPECT_EQ(TraceContext::Current()->trace_id().ToHex(), kTraceId);
          EXPECT_THAT(level_.GetStore(), Pointee(5));
        });
      }),
      0);
}

TEST(TraceIdsTest, FollowFromTheSeed) {
  SeedTraceIds(7);
  const TraceContext first = TraceContext::New();
  const TraceContext second = TraceContext::New();
  SeedTraceIds(7);
  EXPECT_EQ(TraceContext::New(), first);
  EXPECT_EQ(TraceContext::New(), second);
  EXPECT_NE(first.trace_id(), second.trace_id());
  SeedTraceIds(8);
  EXPECT_NE(TraceContext::New().trace_id(), first.trace_id());
}

TEST(TraceIdsTest, DifferOnAllThreads) {
  constexpr int kThreads = 8;
  constexpr int kIds = 1000;
  std::array<std::vector<TraceId>, kThreads> made;
  RunOnThreads(kThreads, [&](int thread) {
    for (int i = 0; i < kIds; ++i) {
      made[static_cast<std::size_t>(thread)].push_back(
          TraceContext::New().trace_id());
    }
  });
  std::set<TraceId> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kThreads * kIds));
}

TEST(TraceIdsTest, AChildOfForkDoesNotRepeatThem) {
  SeedTraceIds(9);
  const TraceContext next = TraceContext::New();
  SeedTraceIds(9);
  EXPECT_EQ(InChild([&] {
              EXPECT_NE(TraceContext::New().trace_id(), next.trace_id());
            }),
            0);
  EXPECT_EQ(TraceContext::New(), next);
}

TEST(ProcessStorageTest, OneIsMadeForAllThreads) {
  for (int round = 0; round < 100; ++round) {
    const auto storage =
        std::make_unique<propagation_internal::ProcessStorage<int>>("test");
    std::atomic<const AsyncLocalStorage<int>*> first = nullptr;
    RunOnThreads(4, [&](int number) {
      const AsyncLocalStorage<int>& own = storage->Get();
      const AsyncLocalStorage<int>* expected = nullptr;
      // relaxed: only compared.
      first.compare_exchange_strong(expected, &own, std::memory_order_relaxed);
      EXPECT_TRUE(expected == nullptr || expected == &own);
      own.Run(number, [&] { EXPECT_THAT(own.GetStore(), Pointee(number)); });
    });
    delete storage->IfUsed();
  }
}

}  // namespace
}  // namespace weft
