// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the fields of W3C may say: of a trace, its state and baggage.

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/propagation/baggage.h"
#include "weft/propagation/dropped.h"
#include "weft/propagation/internal/text.h"
#include "weft/propagation/trace_context.h"
#include "weft/propagation/trace_state.h"
#include "weft/tests/support/allocations.h"

namespace weft {
namespace {

using propagation_internal::WithValidUtf8;
using testing::ElementsAre;
using testing::Eq;
using testing::HasSubstr;
using testing::IsNull;
using testing::Optional;
using testing::Pointee;
using tests::AllocationsIn;

constexpr std::string_view kParent =
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

// `count` members, "k0=v,k1=v,...", with `first` as the first number.
std::string Members(int count, int first = 0) {
  std::string list;
  for (int i = first; i < first + count; ++i) {
    if (!list.empty()) list += ',';
    list += "k" + std::to_string(i) + "=v";
  }
  return list;
}

TEST(TraceContextTest, ReadsAndWritesTheField) {
  const auto trace = TraceContext::Parse(kParent);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->trace_id().ToHex(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(trace->span_id().ToHex(), "b7ad6b7169203331");
  EXPECT_TRUE(trace->parent_span_id().is_zero());
  EXPECT_EQ(trace->sampling(), Sampling::kSampled);
  EXPECT_FALSE(trace->is_random());
  EXPECT_EQ(trace->ToString(), kParent);
  EXPECT_EQ(AllocationsIn([] { TraceContext::Parse(kParent); }), 0);
}

TEST(TraceContextTest, RejectsWhatIsMalformed) {
  for (const std::string_view wrong : {
           "",
           "00",
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
           "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
           "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
           "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
           " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
       }) {
    EXPECT_FALSE(TraceContext::Parse(wrong)) << wrong;
  }
}

TEST(TraceContextTest, ReadsLaterVersionsAndWritesItsOwn) {
  for (const std::string_view later : {
           "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
       }) {
    const auto trace = TraceContext::Parse(later);
    ASSERT_TRUE(trace) << later;
    EXPECT_EQ(trace->ToString(), kParent);
  }
}

TEST(TraceContextTest, PassesTheRandomFlagOnAndNoUnknownOne) {
  const std::string start(kParent.substr(0, 53));
  const auto random = TraceContext::Parse(start + "02");
  ASSERT_TRUE(random);
  EXPECT_TRUE(random->is_random());
  EXPECT_EQ(random->sampling(), Sampling::kNotSampled);
  EXPECT_EQ(random->Child().ToString().substr(53), "02");
  EXPECT_EQ(TraceContext::Parse(start + "ff")->ToString().substr(53), "03");
}

TEST(TraceContextTest, ANewTraceIsRandom) {
  const TraceContext trace = TraceContext::New();
  EXPECT_TRUE(trace.is_random());
  EXPECT_FALSE(trace.trace_id().is_zero());
  EXPECT_FALSE(trace.span_id().is_zero());
  EXPECT_EQ(trace.sampling(), Sampling::kNotSampled);
  EXPECT_EQ(TraceContext::New(Sampling::kSampled).sampling(),
            Sampling::kSampled);
  EXPECT_EQ(trace.With(Sampling::kSampled).With(Sampling::kNotSampled), trace);
}

TEST(TraceContextTest, AChildIsOfTheSameTrace) {
  const TraceContext trace =
      TraceContext::New().With(*TraceState::Parse("a=1"));
  const TraceContext child = trace.Child();
  EXPECT_EQ(child.trace_id(), trace.trace_id());
  EXPECT_NE(child.span_id(), trace.span_id());
  EXPECT_EQ(child.parent_span_id(), trace.span_id());
  EXPECT_EQ(child.state(), trace.state());
  EXPECT_EQ(child.is_random(), trace.is_random());
}

TEST(TraceStateTest, ReadsAndWritesTheField) {
  const auto state = TraceState::Parse(" a=1 ,\tb@c/d= 2 , ,foo@@bar*_-=x y");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->ToString(), "a=1,b@c/d= 2,foo@@bar*_-=x y");
  EXPECT_THAT(state->Find("b@c/d"), Optional(Eq(" 2")));
  EXPECT_FALSE(state->Find("b"));
  EXPECT_EQ(TraceState::Parse("")->ToString(), "");
  EXPECT_EQ(TraceState::Parse(" , ,")->ToString(), "");
}

TEST(TraceStateTest, OneMalformedMemberCostsTheList) {
  for (const std::string& wrong : std::vector<std::string>{
           "A=1", "@a=1", "_a=1", "a =1", "a.b=1", "a", "a=", "=1", "a=1=2",
           "a=\x7f", "a=\xc3\xa4", "a=\t1", std::string("a=\0", 3),
           std::string(257, 'k') + "=1", "a=" + std::string(257, 'v')}) {
    EXPECT_FALSE(TraceState::Parse(wrong)) << wrong;
    EXPECT_FALSE(TraceState::Parse("good=1," + wrong)) << wrong;
    EXPECT_FALSE(TraceState::Parse(wrong + ",good=1")) << wrong;
  }
  EXPECT_TRUE(
      TraceState::Parse(std::string(256, 'k') + "=" + std::string(256, 'v')));
}

TEST(TraceStateTest, ThirtyTwoMembersAndNoMore) {
  EXPECT_TRUE(TraceState::Parse(Members(32)));
  EXPECT_FALSE(TraceState::Parse(Members(33)));
  // Separators count, whatever is between them.
  EXPECT_TRUE(TraceState::Parse("a=1" + std::string(31, ',')));
  EXPECT_FALSE(TraceState::Parse("a=1" + std::string(32, ',') + "b=1"));
}

TEST(TraceStateTest, EightThousandBytesAndNoMore) {
  const std::string member = "a=" + std::string(250, 'v');
  std::string list = member;
  while (list.size() + 1 + member.size() <= TraceState::kMaxBytes) {
    list += "," + member;
  }
  list += std::string(TraceState::kMaxBytes - list.size(), ' ');
  ASSERT_EQ(list.size(), 8192u);
  EXPECT_FALSE(TraceState::Parse(list + " "));
  // Too many members are in it, so it takes shorter ones to see the limit.
  std::string spaces = "a=1";
  spaces += std::string(TraceState::kMaxBytes - spaces.size(), ' ');
  EXPECT_TRUE(TraceState::Parse(spaces));
  EXPECT_FALSE(TraceState::Parse(spaces + " "));
}

TEST(TraceStateTest, WhatIsChangedComesFirst) {
  const TraceState state = *TraceState::Parse("a=1,b=2,a=3");
  EXPECT_EQ(state.With("b", "4").ToString(), "b=4,a=1,a=3");
  EXPECT_EQ(state.With("a", "4").ToString(), "a=4,b=2");
  EXPECT_EQ(state.Without("a").ToString(), "b=2");
  const TraceState full = *TraceState::Parse(Members(32));
  EXPECT_EQ(full.With("new", "1").ToString(), "new=1," + Members(31));
  EXPECT_EQ(full.With("k31", "1").ToString(), "k31=1," + Members(31));
}

TEST(TraceStateTest, ChangesNeverMakeItTooLong) {
  TraceState state;
  for (int i = 0; i < 32; ++i) {
    state = state.With("k" + std::to_string(i), std::string(256, 'v'));
    EXPECT_TRUE(TraceState::Parse(state.ToString()));
  }
  EXPECT_TRUE(state.Find("k31"));
  EXPECT_FALSE(state.Find("k0"));
}

TEST(TraceStateTest, RejectsWhatIsNoMember) {
  EXPECT_THROW(TraceState().With("A", "1"), std::invalid_argument);
  EXPECT_THROW(TraceState().With("a", "1,b=2"), std::invalid_argument);
  EXPECT_THROW(TraceState().With("a", ""), std::invalid_argument);
  EXPECT_THROW(TraceState().With("a", "1\r\nx: y"), std::invalid_argument);
}

Baggage ParseAll(std::string_view text) {
  Dropped dropped;
  Baggage baggage = Baggage::Parse(text, dropped);
  EXPECT_EQ(dropped, Dropped()) << text;
  return baggage;
}

TEST(BaggageTest, ReadsAndWritesTheField) {
  const Baggage baggage = ParseAll(
      "key1=value1 ; p1 ; p2 = v2 , key2\t=\tval%2Cue%20x , key3=,%=%41%4g%");
  EXPECT_THAT(
      baggage.members(),
      ElementsAre(BaggageMember{"key1", "value1", "p1;p2=v2"},
                  BaggageMember{"key2", "val,ue x"}, BaggageMember{"key3", ""},
                  BaggageMember{"%", "A%4g%"}));
  Dropped dropped;
  EXPECT_EQ(baggage.ToString(dropped),
            "key1=value1;p1;p2=v2,key2=val%2Cue%20x,key3=,%=A%254g%25");
  EXPECT_FALSE(dropped.any());
  EXPECT_THAT(baggage.Find("key3"), Pointee(Eq("")));
  EXPECT_THAT(baggage.Find("key"), IsNull());
}

TEST(BaggageTest, DropsWhatIsMalformedAndCountsIt) {
  for (const std::string& wrong : std::vector<std::string>{
           "a", "=1", "a b=1", "a=b c", "a=\"1\"", "a=\\", "a=1;;p", "a=1; p q",
           "a=1;p=\"1\"", "a\x01=1", "a=\x7f", "a=\xc3\xa4"}) {
    Dropped dropped;
    const Baggage baggage =
        Baggage::Parse("first=1," + wrong + ",last=2", dropped);
    EXPECT_THAT(baggage.members(), ElementsAre(BaggageMember{"first", "1"},
                                               BaggageMember{"last", "2"}))
        << wrong;
    EXPECT_EQ(dropped, Dropped{.members = 1}) << wrong;
  }
}

TEST(BaggageTest, OfAKeyTheLastValueCounts) {
  Dropped dropped;
  const Baggage baggage = Baggage::Parse("a=1,b=2,a=3;p", dropped);
  EXPECT_THAT(baggage.members(), ElementsAre(BaggageMember{"a", "3", "p"},
                                             BaggageMember{"b", "2"}));
  EXPECT_EQ(dropped, Dropped{.members = 1});
}

TEST(BaggageTest, SixtyFourMembersAndNoMore) {
  EXPECT_EQ(ParseAll(Members(64)).members().size(), 64u);
  Dropped dropped;
  EXPECT_EQ(Baggage::Parse(Members(65), dropped), ParseAll(Members(64)));
  EXPECT_EQ(dropped, Dropped{.members = 1});
}

// As opentelemetry-erlang#1031 and opentelemetry-python#5161 had to learn.
TEST(BaggageTest, SeparatorsAndMalformedMembersCount) {
  Dropped dropped;
  EXPECT_TRUE(Baggage::Parse(std::string(64, ',') + "late=1", dropped).empty());
  EXPECT_EQ(dropped, Dropped{.members = 1});
  std::string malformed;
  for (int i = 0; i < 64; ++i) malformed += "no,";
  dropped = {};
  EXPECT_TRUE(Baggage::Parse(malformed + "late=1", dropped).empty());
  EXPECT_EQ(dropped, Dropped{.members = 65});
}

TEST(BaggageTest, EightThousandBytesAndNoMore) {
  const std::string value(Baggage::kMaxBytes - 2 - 4, 'v');
  EXPECT_EQ(("a=" + value + ",b=1").size(), 8192u);
  EXPECT_EQ(ParseAll("a=" + value + ",b=1").members().size(), 2u);
  Dropped dropped;
  EXPECT_THAT(Baggage::Parse("a=" + value + ",b=12", dropped).members(),
              ElementsAre(BaggageMember{"a", value}));
  EXPECT_EQ(dropped, (Dropped{.members = 1, .bytes = 1}));
  // A member that ends where the limit is is whole.
  dropped = {};
  EXPECT_EQ(Baggage::Parse("a=" + value + ",b=1,c=1", dropped).members().size(),
            2u);
  EXPECT_EQ(dropped, (Dropped{.bytes = 4}));
}

TEST(BaggageTest, WritesWhatFitsAndCountsTheRest) {
  Baggage baggage;
  for (int i = 0; i < 66; ++i)
    baggage = baggage.With("k" + std::to_string(i), "v");
  Dropped dropped;
  EXPECT_EQ(baggage.ToString(dropped), Members(64));
  EXPECT_EQ(dropped, Dropped{.members = 2});
  dropped = {};
  // Encoded it is three times as long.
  const Baggage large =
      Baggage().With("a", "1").With("b", std::string(2730, ' ')).With("c", "2");
  EXPECT_EQ(large.ToString(dropped), "a=1,c=2");
  EXPECT_EQ(dropped, Dropped{.members = 1});
  dropped = {};
  const Baggage fits = Baggage().With("b", std::string(2730, ' '));
  EXPECT_EQ(fits.ToString(dropped).size(), 8192u);
  EXPECT_FALSE(dropped.any());
}

TEST(BaggageTest, IsChangedByCopy) {
  const Baggage baggage = Baggage().With("a", "1").With("b", "2", "p = 1 ;q");
  EXPECT_THAT(
      baggage.With("a", "3").members(),
      ElementsAre(BaggageMember{"a", "3"}, BaggageMember{"b", "2", "p=1;q"}));
  EXPECT_THAT(baggage.Without("a").members(),
              ElementsAre(BaggageMember{"b", "2", "p=1;q"}));
  EXPECT_THROW(baggage.With("no key", "1"), std::invalid_argument);
  EXPECT_THROW(baggage.With("", "1"), std::invalid_argument);
  EXPECT_THROW(baggage.With("a", "1", "b,c=2"), std::invalid_argument);
}

TEST(BaggageTest, ValuesAreUtf8) {
  const Baggage baggage = ParseAll("a=%C3%A4,b=%C3,c=x%FFy%80");
  EXPECT_THAT(baggage.Find("a"), Pointee(Eq("\xC3\xA4")));
  EXPECT_THAT(baggage.Find("b"), Pointee(Eq("\xEF\xBF\xBD")));
  EXPECT_THAT(baggage.Find("c"), Pointee(Eq("x\xEF\xBF\xBDy\xEF\xBF\xBD")));
}

TEST(TextTest, KnowsUtf8) {
  for (const std::string good :
       {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(WithValidUtf8(good), good);
  }
  const std::string wrong = "\xEF\xBF\xBD";
  EXPECT_EQ(WithValidUtf8("\xC0\x80"), wrong + wrong);  // overlong
  EXPECT_EQ(WithValidUtf8("\xC2"), wrong);              // cut
  EXPECT_EQ(WithValidUtf8("\xC2"
                          "a"),
            wrong + "a");
  EXPECT_EQ(WithValidUtf8("\xE0\x9F\x80"), wrong + wrong + wrong);
  EXPECT_EQ(WithValidUtf8("\xED\xA0\x80"), wrong + wrong + wrong);  // surrogate
  EXPECT_EQ(WithValidUtf8("\xF0\x8F\x80\x80"), wrong + wrong + wrong + wrong);
  EXPECT_EQ(WithValidUtf8("\xF4\x90\x80\x80"), wrong + wrong + wrong + wrong);
  EXPECT_EQ(WithValidUtf8("\xF0\x90\x80"), wrong + wrong + wrong);
  EXPECT_EQ(WithValidUtf8("\xFF"), wrong);
}

// What has been published of other implementations: each was made to work or to
// allocate without bound by a field of a stranger's. OpenTelemetry's unless it
// says otherwise.

// CVE-2026-41178 (Go, the raw length unchecked), CVE-2026-45292 (Java),
// GHSA-8988-4f7v-96qf (JavaScript), GHSA-w9wp-h8wv-79jx (Rust), php#1974,
// swift-core#108, DataDog/dd-trace-cpp#313: baggage of any size was parsed.
TEST(AdvisoryTest, LargeBaggageIsNotParsed) {
  const std::string large = Members(1'000'000);
  Dropped dropped;
  Baggage baggage;
  // Three strings and the growth of the list for each of what is kept.
  EXPECT_LE(AllocationsIn([&] { baggage = Baggage::Parse(large, dropped); }),
            4 * 64);
  EXPECT_EQ(baggage.members().size(), 64u);
  EXPECT_EQ(dropped.bytes, large.size() - Baggage::kMaxBytes);
  EXPECT_GT(dropped.members, 500u);
}

// CVE-2026-40894 (.NET): the whole field was split before anything was counted.
TEST(AdvisoryTest, SeparatorsAreNotSplitEagerly) {
  const std::string commas(10'000'000, ',');
  Dropped dropped;
  EXPECT_EQ(AllocationsIn([&] { Baggage::Parse(commas, dropped); }), 0);
  EXPECT_EQ(dropped, Dropped{.bytes = commas.size() - Baggage::kMaxBytes});
  EXPECT_EQ(AllocationsIn([&] { TraceState::Parse(commas); }), 0);
  const std::string semicolons = "a=1" + std::string(10'000'000, ';');
  EXPECT_TRUE(Baggage::Parse(semicolons, dropped).empty());
}

// DataDog/dd-trace-go#5063: tracestate of any size was kept, and what was
// decoded could end the line when it was written again.
TEST(AdvisoryTest, LargeTraceStateIsNotKept) {
  const std::string large = "a=" + std::string(10'000'000, 'v');
  EXPECT_EQ(AllocationsIn([&] { EXPECT_FALSE(TraceState::Parse(large)); }), 0);
}
TEST(AdvisoryTest, DecodedLineEndsAreEncodedAgain) {
  const Baggage baggage = ParseAll("a=1%0D%0AX-Injected:%20yes");
  EXPECT_THAT(baggage.Find("a"), Pointee(HasSubstr("\r\n")));
  Dropped dropped;
  EXPECT_EQ(baggage.ToString(dropped), "a=1%0D%0AX-Injected:%20yes");
}

}  // namespace
}  // namespace weft
