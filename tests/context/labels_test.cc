// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/labels.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/inheritance.h"
#include "weft/context/label.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

std::vector<std::string> Labels(Visibility place) {
  std::vector<std::string> labels;
  VisitLabels(place, [&](std::string_view name, std::string_view text) {
    labels.push_back(std::string(name) + "=" + std::string(text));
  });
  return labels;
}

std::string Text(std::string_view text) {
  LabelText label;
  label.Append(text);
  return std::string(label.view());
}

struct Card {
  std::string number;
};

TEST(LabelsTest, APlaceShowsWhatMayBeShownThere) {
  const AsyncLocalStorage<int> hidden({.name = "hidden"});
  const AsyncLocalStorage<int> log({.name = "log", .label = Visibility::kLog});
  const AsyncLocalStorage<std::string> trace(
      {.name = "trace", .label = Visibility::kTrace});
  const AsyncLocalStorage<bool> profiler(
      {.name = "profiler", .label = Visibility::kProfiler});
  EXPECT_THAT(Labels(Visibility::kLog), IsEmpty());

  const StorageScope a = hidden.WithScope(1);
  const StorageScope b = log.WithScope(-2);
  const StorageScope c = trace.WithScope("three");
  const StorageScope d = profiler.WithScope(true);
  EXPECT_THAT(Labels(Visibility::kLog),
              ElementsAre("log=-2", "trace=three", "profiler=true"));
  EXPECT_THAT(Labels(Visibility::kTrace),
              ElementsAre("trace=three", "profiler=true"));
  EXPECT_THAT(Labels(Visibility::kProfiler), ElementsAre("profiler=true"));
  EXPECT_EQ(Labels(Visibility::kPrivate), Labels(Visibility::kLog));
}

TEST(LabelsTest, AFormWritesWhatItLikes) {
  const AsyncLocalStorage<Card> card(
      {.name = "card",
       .label = {Visibility::kLog, [](const Card& store, LabelText& text) {
                   text.Append("*");
                   text.Append(std::string_view(store.number).substr(12));
                 }}});
  card.Run(Card{"1234567890123456"}, [] {
    EXPECT_THAT(Labels(Visibility::kLog), ElementsAre("card=*3456"));
  });
}

TEST(LabelsTest, OnlyAStoreIsShown) {
  AsyncLocalStorage<int> storage(
      {.name = "storage", .default_value = 7, .label = Visibility::kLog});
  EXPECT_THAT(Labels(Visibility::kLog), IsEmpty());
  storage.Run(std::nullopt,
              [] { EXPECT_THAT(Labels(Visibility::kLog), IsEmpty()); });
  storage.Run(1, [&] {
    EXPECT_THAT(Labels(Visibility::kLog), ElementsAre("storage=1"));
    storage.Disable();
    EXPECT_THAT(Labels(Visibility::kLog), IsEmpty());
  });
}

TEST(LabelsTest, AFormThatThrowsIsLeftOut) {
  const AsyncLocalStorage<int> throws(
      {.name = "throws",
       .label = {Visibility::kLog, [](const int&, LabelText&) {
                   throw std::runtime_error("form");
                 }}});
  const AsyncLocalStorage<int> other(
      {.name = "other", .label = Visibility::kLog});
  throws.Run(1, [&] {
    other.Run(2, [] {
      EXPECT_THAT(Labels(Visibility::kLog), ElementsAre("other=2"));
    });
  });
}

TEST(LabelsTest, AVisitorMayChangeTheContextAndThrow) {
  const AsyncLocalStorage<int> one({.name = "one", .label = Visibility::kLog});
  const AsyncLocalStorage<int> two({.name = "two", .label = Visibility::kLog});
  one.Run(1, [&] {
    two.Run(1, [&] {
      std::vector<std::string> seen;
      VisitLabels(Visibility::kLog,
                  [&](std::string_view, std::string_view text) {
                    seen.emplace_back(text);
                    one.EnterWith(2);
                    two.EnterWith(2);
                  });
      EXPECT_THAT(seen, ElementsAre("1", "2"));
      EXPECT_THROW(VisitLabels(Visibility::kLog,
                               [](std::string_view, std::string_view) {
                                 throw std::runtime_error("visitor");
                               }),
                   std::runtime_error);
    });
  });
}

TEST(LabelsTest, ALogPrefixHasThoseOfLogs) {
  const AsyncLocalStorage<std::string> text(
      {.name = "text", .label = Visibility::kLog});
  const AsyncLocalStorage<int> number(
      {.name = "number", .label = Visibility::kTrace});
  const AsyncLocalStorage<std::string> hidden({.name = "hidden"});
  const StorageScope secret = hidden.WithScope("secret");
  EXPECT_EQ(LogPrefix(), "");
  number.Run(1, [&] {
    EXPECT_EQ(LogPrefix(), "[number=1] ");
    const auto prefix = [&](std::string store) {
      return text.Run(std::move(store), [] { return LogPrefix(); });
    };
    // Whichever of the two has the first place.
    EXPECT_THAT(prefix("a"),
                testing::AnyOf("[text=a number=1] ", "[number=1 text=a] "));
    EXPECT_THAT(prefix("a b"), HasSubstr("text=\"a b\""));
    EXPECT_THAT(prefix("a\"\\]"), HasSubstr("text=\"a\\\"\\\\]\""));
    EXPECT_THAT(prefix(""), HasSubstr("text=\"\""));
  });
}

TEST(LabelsTest, ALabelNeedsANameAndAForm) {
  using Storage = AsyncLocalStorage<int>;
  EXPECT_THAT([] { Storage({.label = Visibility::kLog}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("no name")));
  EXPECT_THAT(
      [] { Storage({.name = "user", .label = {Visibility::kLog, nullptr}}); },
      ThrowsMessage<std::invalid_argument>(HasSubstr("user has a null form")));
}

// A thread that reads labels sees the store of its own flow, written by the
// form of its own storage, or nothing, while storages of several types are made
// and destroyed at the same place.
TEST(LabelsTest, AStorageTakesThePlaceOfAnother) {
  const int rounds = tests::StressRounds(2'000);
  std::atomic<int> ready{0};
  tests::RunOnThreads(4, [&](int thread) {
    // relaxed: they only begin together.
    ready.fetch_add(1, std::memory_order_relaxed);
    while (ready.load(std::memory_order_relaxed) < 4) {
    }
    for (int i = 0; i < rounds; ++i) {
      const std::string word = std::to_string(thread) + "word";
      auto text = std::make_unique<AsyncLocalStorage<std::string>>(
          AsyncLocalStorageOptions<std::string>{.name = "text",
                                                .label = Visibility::kLog});
      text->EnterWith(word);
      EXPECT_THAT(Labels(Visibility::kLog), ElementsAre("text=" + word));
      text.reset();
      EXPECT_THAT(Labels(Visibility::kLog), IsEmpty());
      const AsyncLocalStorage<int> number(
          {.name = "number", .label = Visibility::kLog});
      number.Run(i, [&] {
        EXPECT_THAT(Labels(Visibility::kLog),
                    ElementsAre("number=" + std::to_string(i)));
      });
    }
  });
}

TEST(LabelTextTest, IsPrintable) {
  EXPECT_EQ(Text("a\r\nb\t\x7f"), "a  b  ");
  EXPECT_EQ(Text("gr\u00fc\u00df \u4f60 \U0001f600"),
            "gr\u00fc\u00df \u4f60 \U0001f600");
  EXPECT_EQ(Text("\u0085\u2028\u2029\u00a0"), "   \u00a0");
  EXPECT_EQ(Text("\xff\xc0\x80"), "???");       // never in UTF-8
  EXPECT_EQ(Text("\xe0\x80\x80"), "???");       // overlong
  EXPECT_EQ(Text("\xed\xa0\x80"), "???");       // a surrogate
  EXPECT_EQ(Text("\xf4\x90\x80\x80"), "????");  // too great
  EXPECT_EQ(Text("\xf0\x9f\x98"), "???");       // ends too early
  EXPECT_EQ(Text("\xe4\xbd"
                 "a"),
            "??a");
  EXPECT_EQ(Text("\xf0\x8f\xbf\xbf"), "????");  // overlong
  EXPECT_EQ(Text(std::string_view("a\0b", 3)), "a b");
}

TEST(LabelTextTest, IsCutBetweenTwoCharacters) {
  LabelText text;
  text.Append(std::string(LabelText::kMaxBytes - 1, 'a'));
  EXPECT_FALSE(text.is_cut());
  text.Append("\u00fc");
  EXPECT_TRUE(text.is_cut());
  text.Append("b");
  EXPECT_EQ(text.view(), std::string(LabelText::kMaxBytes - 1, 'a'));

  LabelText full;
  full.Append(std::string(LabelText::kMaxBytes, 'a'));
  EXPECT_FALSE(full.is_cut());
  EXPECT_EQ(full.view().size(), LabelText::kMaxBytes);
}

TEST(LabelTextTest, AppendsNumbers) {
  LabelText text;
  text.Append(std::int8_t{-1});
  text.Append(" ");
  text.Append(~std::uint64_t{0});
  text.Append(" ");
  text.Append(2.5);
  text.Append(" ");
  text.Append(false);
  EXPECT_EQ(text.view(), "-1 18446744073709551615 2.5 false");
}

// Options in the declaration of a member: g++ 12 cannot compile that where a
// constructor's exception specification is not written out.
struct HasStorages {
  const AsyncLocalStorage<std::string> named{{.name = "named"}};
  const AsyncLocalStorage<int> labelled{
      {.name = "labelled", .label = Visibility::kLog}};
  const AsyncLocalStorage<int> forgetful{
      {.default_value = 3, .inheritance = Inheritance<int>::Never()}};
};

TEST(LabelsTest, AStorageCanBeAMember) {
  const HasStorages storages;
  storages.named.Run("hidden", [&] {
    storages.labelled.Run(7, [&] { EXPECT_EQ(LogPrefix(), "[labelled=7] "); });
  });
  EXPECT_EQ(*storages.forgetful.GetStore(), 3);
}

}  // namespace
}  // namespace weft
