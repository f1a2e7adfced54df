// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/frame.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "weft/base/ref.h"
#include "weft/context/internal/binding.h"
#include "weft/context/internal/storage_slot.h"
#include "weft/tests/support/counted.h"
#include "weft/tests/support/meeting.h"
#include "weft/tests/support/run_on_threads.h"

namespace weft::context_internal {
namespace {

using tests::Counted;
using tests::Meeting;
using tests::RunOnThreads;
using tests::Tally;

// A slot for the length of a test.
class Slot {
 public:
  Slot() = default;
  ~Slot() { StorageSlot::Release(slot_); }

  std::uint32_t index() const { return slot_.index(); }
  void Renew() { slot_.Renew(); }
  template <typename T>
  BindingRef Bind(T value) const {
    return BindingRef::Adopt(
        new ValueBinding<T>(slot_, std::optional<T>(std::move(value))));
  }

 private:
  StorageSlot& slot_ = StorageSlot::Acquire();
};

FrameRef With(const FrameRef& base, const Slot& slot, const BindingRef& value) {
  return Frame::With(base.get(), slot.index(), value.get());
}

TEST(BindingTest, HoldsItsValueUnderItsSlot) {
  const Slot slot;
  const BindingRef binding = slot.Bind(5);
  EXPECT_EQ(*static_cast<const int*>(binding.get()->value()), 5);
  EXPECT_EQ(binding.get()->index(), slot.index());
  EXPECT_TRUE(binding.get()->is_current());
}

TEST(BindingTest, OfNoneHoldsNull) {
  const Slot slot;
  StorageSlot& other = StorageSlot::Acquire();
  const BindingRef binding =
      BindingRef::Adopt(new ValueBinding<int>(other, std::nullopt));
  EXPECT_EQ(binding.get()->value(), nullptr);
  EXPECT_TRUE(binding.get()->is_current());
  StorageSlot::Release(other);
  EXPECT_FALSE(binding.get()->is_current());
}

TEST(BindingTest, GoesStaleWhenItsSlotIsRenewed) {
  Slot slot;
  const BindingRef before = slot.Bind(1);
  slot.Renew();
  const BindingRef after = slot.Bind(2);
  EXPECT_FALSE(before.get()->is_current());
  EXPECT_TRUE(after.get()->is_current());
}

TEST(FrameTest, HoldsOneBindingAndNothingElse) {
  const Slot low;
  const Slot slot;
  const Slot high;
  const BindingRef binding = slot.Bind(1);
  const FrameRef frame = With({}, slot, binding);
  EXPECT_EQ(frame.get()->At(slot.index()), binding.get());
  EXPECT_EQ(frame.get()->At(low.index()), nullptr);
  EXPECT_EQ(frame.get()->At(high.index()), nullptr);
  EXPECT_EQ(frame.get()->At(1'000'000), nullptr);
}

TEST(FrameTest, LeavesItsBaseAsItWas) {
  const Slot one;
  const Slot two;
  const BindingRef first = one.Bind(1);
  const BindingRef second = one.Bind(2);
  const BindingRef other = two.Bind(3);
  const FrameRef base = With({}, one, first);
  const FrameRef more = With(base, two, other);
  const FrameRef changed = With(more, one, second);
  EXPECT_EQ(base.get()->At(one.index()), first.get());
  EXPECT_EQ(base.get()->At(two.index()), nullptr);
  EXPECT_EQ(more.get()->At(one.index()), first.get());
  EXPECT_EQ(more.get()->At(two.index()), other.get());
  EXPECT_EQ(changed.get()->At(one.index()), second.get());
  EXPECT_EQ(changed.get()->At(two.index()), other.get());
}

// Whatever the frame is like, and the binding.
TEST(FrameTest, TakesABindingAsItSharesOne) {
  std::deque<Slot> slots(40);
  Slot stale;
  StorageSlot& never = StorageSlot::Acquire(Rule::kNever);
  const BindingRef not_inherited =
      BindingRef::Adopt(new ValueBinding<int>(never, 1));
  std::vector<FrameRef> bases(1);
  for (const Slot& slot : slots) {
    bases.push_back(With(bases.back(), slot, slot.Bind(0)));
  }
  bases.push_back(With(bases[2], stale, stale.Bind(0)));
  stale.Renew();
  bases.push_back(
      Frame::With(bases[2].get(), never.index(), not_inherited.get()));
  for (const FrameRef& base : bases) {
    for (std::size_t i = 0; i <= slots.size(); ++i) {
      const BindingRef added =
          i == slots.size() ? not_inherited : slots[i].Bind(1);
      const FrameRef taken = Frame::With(base.get(), added);
      const FrameRef shared =
          Frame::With(base.get(), added.get()->index(), added.get());
      for (const Slot& slot : slots) {
        ASSERT_EQ(taken.get()->At(slot.index()),
                  shared.get()->At(slot.index()));
      }
      ASSERT_EQ(taken.get()->At(stale.index()), nullptr);
      ASSERT_EQ(taken.get()->At(never.index()),
                shared.get()->At(never.index()));
      ASSERT_EQ(taken.get()->is_plain(), shared.get()->is_plain());
    }
  }
  StorageSlot::Release(never);
}

TEST(FrameTest, TakesABindingInPlaceWhereOneHoldsIt) {
  Tally tally;
  const Slot one;
  const Slot two;
  const FrameRef frame = With({}, one, one.Bind(Counted(tally, 1)));
  const auto value = [&] {
    return static_cast<const Counted*>(frame.get()->At(one.index())->value())
        ->value();
  };
  BindingRef binding = one.Bind(Counted(tally, 2));
  {
    const FrameRef other_holder = frame;
    EXPECT_FALSE(Frame::Enter(*frame.get(), binding));
    EXPECT_EQ(value(), 1);
  }
  const std::uint64_t id = frame.get()->id();
  EXPECT_TRUE(Frame::Enter(*frame.get(), binding));
  EXPECT_EQ(value(), 2);
  EXPECT_NE(frame.get()->id(), id);
  EXPECT_EQ(tally.live(), 2) << "what was there is the caller's";
  binding = two.Bind(Counted(tally, 3));
  EXPECT_EQ(tally.live(), 2);
  EXPECT_TRUE(Frame::Enter(*frame.get(), binding));
  EXPECT_EQ(binding.get(), nullptr);
  EXPECT_EQ(value(), 2);
  EXPECT_NE(frame.get()->At(two.index()), nullptr);
}

// A frame that With() would make otherwise.
TEST(FrameTest, TakesNothingInPlaceThatChangesMore) {
  std::deque<Slot> slots(5);
  Slot stale;
  StorageSlot& never = StorageSlot::Acquire(Rule::kNever);
  const auto takes = [](const FrameRef& frame, BindingRef binding) {
    return Frame::Enter(*frame.get(), binding);
  };
  const FrameRef first = With({}, slots[0], slots[0].Bind(1));
  EXPECT_FALSE(takes(
      first, BindingRef::Adopt(new ValueBinding<int>(never, std::nullopt))));
  // Of five, two meet in a table of four.
  bool met = false;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool meets = slots[i].index() % 4 == slots[j].index() % 4;
      const FrameRef frame = With({}, slots[j], slots[j].Bind(1));
      EXPECT_EQ(takes(frame, slots[i].Bind(1)), !meets);
      met = met || meets;
    }
  }
  EXPECT_TRUE(met);
  FrameRef with_stale = With({}, stale, stale.Bind(1));
  stale.Renew();
  for (const Slot& slot : slots) {
    EXPECT_FALSE(takes(with_stale, slot.Bind(1)));
  }
  EXPECT_TRUE(takes(with_stale, stale.Bind(2))) << "it goes";
  StorageSlot::Release(never);
}

TEST(FrameTest, IsNullWhenItBindsNothing) {
  const Slot one;
  const Slot two;
  EXPECT_EQ(With({}, one, {}).get(), nullptr);
  const FrameRef first = With({}, one, one.Bind(1));
  const FrameRef both = With(first, two, two.Bind(2));
  const FrameRef second = With(both, one, {});
  EXPECT_EQ(second.get()->At(one.index()), nullptr);
  EXPECT_NE(second.get()->At(two.index()), nullptr);
  EXPECT_EQ(With(second, two, {}).get(), nullptr);
  EXPECT_EQ(With(first, one, {}).get(), nullptr);
}

TEST(FrameTest, LeavesOutWhatHasGoneStale) {
  Tally tally;
  Slot stale;
  const Slot one;
  const Slot two;
  FrameRef frame = With({}, stale, stale.Bind(Counted(tally)));
  frame = With(frame, one, one.Bind(1));
  EXPECT_EQ(tally.live(), 1);
  stale.Renew();
  // A frame never changes.
  EXPECT_NE(frame.get()->At(stale.index()), nullptr);
  EXPECT_EQ(tally.live(), 1);
  frame = With(frame, two, two.Bind(2));
  EXPECT_EQ(frame.get()->At(stale.index()), nullptr);
  EXPECT_NE(frame.get()->At(one.index()), nullptr);
  EXPECT_EQ(tally.live(), 0);
}

TEST(FrameTest, IsNullWhenAllElseHasGoneStale) {
  Slot one;
  Slot two;
  const Slot three;
  FrameRef frame = With({}, one, one.Bind(1));
  frame = With(frame, two, two.Bind(2));
  one.Renew();
  two.Renew();
  EXPECT_EQ(With(frame, three, {}).get(), nullptr);
}

TEST(FrameTest, SharesBindingsAndDropsThemWithTheLastFrame) {
  Tally tally;
  const Slot one;
  const Slot two;
  FrameRef base = With({}, one, one.Bind(Counted(tally)));
  FrameRef left = With(base, two, two.Bind(Counted(tally)));
  FrameRef right = With(base, two, two.Bind(Counted(tally)));
  EXPECT_EQ(left.get()->At(one.index()), right.get()->At(one.index()));
  EXPECT_EQ(tally.live(), 3);
  base = {};
  EXPECT_EQ(tally.live(), 3);
  left = {};
  EXPECT_EQ(tally.live(), 2);
  right = {};
  EXPECT_EQ(tally.live(), 0);
}

TEST(FrameTest, ReleasesSeveralReferencesAtOnce) {
  Tally tally;
  const Slot slot;
  const Frame* const frame = With({}, slot, slot.Bind(Counted(tally))).Detach();
  frame->AddRef();
  frame->AddRef();
  frame->Release(2);
  EXPECT_EQ(tally.live(), 1);
  frame->AddRef();
  frame->Release(2);
  EXPECT_EQ(tally.live(), 0);
}

// By what is bound, and not by where: slots whose places meet, at one level or
// several, and slots whose do not.
class ManySlotsTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kSlots = 40'000;

  // Slots by what their index is a multiple of, from the first such on.
  std::vector<Slot*> EachOf(std::uint32_t step, std::size_t count) {
    std::vector<Slot*> found;
    for (std::size_t i = 0; found.size() < count; ++i) {
      if (slots_.at(i).index() % step == 0) found.push_back(&slots_[i]);
    }
    return found;
  }

  std::deque<Slot> slots_{kSlots};
};

TEST_F(ManySlotsTest, AFrameIsWhatWasBound) {
  for (const std::uint32_t step : {1u, 4u, 8u, 32u, 33u, 1024u}) {
    const std::vector<Slot*> slots = EachOf(step, 39);
    std::vector<const Binding*> expected(slots.size());
    std::vector<BindingRef> kept;
    FrameRef frame;
    std::vector<FrameRef> frames;
    std::uint32_t random = step;
    for (int i = 0; i < 1'000; ++i) {
      random = random * 1664525 + 1013904223;
      const std::size_t which = (random >> 8) % slots.size();
      BindingRef binding =
          random >> 30 == 0 ? BindingRef() : slots[which]->Bind(i);
      if (random >> 27 == 31) {
        slots[which]->Renew();
        expected[which] = nullptr;
        continue;
      }
      expected[which] = binding.get();
      frame = With(frame, *slots[which], binding);
      kept.push_back(std::move(binding));
      frames.push_back(frame);
      for (std::size_t j = 0; j < slots.size(); ++j) {
        const Binding* const found = frame.get() == nullptr
                                         ? nullptr
                                         : frame.get()->At(slots[j]->index());
        ASSERT_EQ(found, expected[j]) << step << " " << i << " " << j;
        if (found == nullptr) continue;
        ASSERT_EQ(frame.get()->Find(slots[j]->index(), found->key()), found);
        ASSERT_EQ(frame.get()->Find(slots[j]->index(), found->key() + 64),
                  nullptr);
      }
    }
  }
}

TEST_F(ManySlotsTest, AThousandAreBoundAndUnbound) {
  Tally tally;
  FrameRef frame;
  for (const Slot* slot : EachOf(32, 1'000)) {
    frame = With(frame, *slot, slot->Bind(Counted(tally)));
  }
  EXPECT_EQ(tally.live(), 1'000);
  const FrameRef all = frame;
  for (const Slot* slot : EachOf(32, 1'000)) {
    ASSERT_NE(frame.get()->At(slot->index()), nullptr);
    frame = With(frame, *slot, {});
  }
  EXPECT_EQ(frame.get(), nullptr);
  EXPECT_EQ(tally.live(), 1'000);
  for (const Slot* slot : EachOf(32, 1'000)) {
    EXPECT_NE(all.get()->At(slot->index()), nullptr);
  }
}

TEST_F(ManySlotsTest, WhatHasGoneStaleBelowAPlaceIsLeftOut) {
  Tally tally;
  FrameRef frame;
  const std::vector<Slot*> slots = EachOf(32, 200);
  for (const Slot* slot : slots) {
    frame = With(frame, *slot, slot->Bind(Counted(tally)));
  }
  slots[7]->Renew();
  slots[130]->Renew();
  EXPECT_EQ(tally.live(), 200);
  const Slot other;
  frame = With(frame, other, other.Bind(1));
  EXPECT_EQ(tally.live(), 198);
  frame = With(frame, *slots[7], slots[7]->Bind(Counted(tally)));
  EXPECT_EQ(tally.live(), 199);
  for (Slot* slot : slots) slot->Renew();
  frame = With(frame, other, {});
  EXPECT_EQ(frame.get(), nullptr);
  EXPECT_EQ(tally.live(), 0);
}

// Guards [S2]: who sees that a slot was renewed leaves its value out.
TEST_F(ManySlotsTest, NoStaleValueIsKept) {
  const std::vector<Slot*> slots = EachOf(32, 40);
  const Slot other;
  for (int round = 0; round < 300; ++round) {
    Tally tally;
    FrameRef frame;
    for (const Slot* slot : slots) {
      frame = With(frame, *slot, slot->Bind(Counted(tally)));
    }
    const std::uint64_t before = StorageSlot::renewals();
    RunOnThreads(2, [&](int thread) {
      if (thread == 0) return slots[20]->Renew();
      while (StorageSlot::renewals() == before) std::this_thread::yield();
      frame = With(frame, other, other.Bind(round));
    });
    ASSERT_EQ(tally.live(), 39);
  }
}

// A frame is known by its id from each one before it, also from those in whose
// memory it stands.
TEST(FrameTest, HasAnIdOfItsOwn) {
  const Slot slot;
  std::set<std::uint64_t> ids;
  constexpr int kFrames = 1000;
  for (int i = 0; i < kFrames; ++i) {
    const FrameRef frame = With({}, slot, slot.Bind(i));
    const std::uint64_t id = frame.get()->id();
    EXPECT_NE(id, 0u);
    EXPECT_EQ(frame.get()->id(), id);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(kFrames));
}

TEST(FrameTest, HasNoIdUnlessItIsPlain) {
  StorageSlot& never = StorageSlot::Acquire(Rule::kNever);
  const BindingRef binding =
      BindingRef::Adopt(new ValueBinding<int>(never, std::optional<int>(1)));
  const FrameRef frame = Frame::With(nullptr, never.index(), binding.get());
  EXPECT_EQ(frame.get()->id(), 0u);
  EXPECT_EQ(frame.get()->WithoutNever().get(), nullptr);
  StackFrame on_stack;
  const Slot slot;
  const BindingRef plain = slot.Bind(1);
  ASSERT_TRUE(on_stack.Bind(nullptr, slot.index(), plain.get()));
  EXPECT_EQ(on_stack.id(), 0u);
  StorageSlot::Release(never);
}

// Threads that ask at once are told the same.
TEST(FrameStressTest, AnIdIsDrawnOnce) {
  constexpr int kThreads = 4;
  const Slot slot;
  for (int round = 0; round < 100; ++round) {
    const FrameRef frame = With({}, slot, slot.Bind(round));
    Meeting meeting;
    std::array<std::uint64_t, kThreads> ids{};
    RunOnThreads(kThreads, [&](int thread) {
      meeting.Wait(kThreads);
      ids[static_cast<std::size_t>(thread)] = frame.get()->id();
    });
    for (const std::uint64_t id : ids) EXPECT_EQ(id, ids[0]);
  }
}

TEST(RefTest, CountsWhoHoldsTheObject) {
  Tally tally;
  const Slot slot;
  BindingRef first = slot.Bind(Counted(tally));
  BindingRef copy = first;
  BindingRef shared = BindingRef::Share(first.get());
  BindingRef moved = std::move(first);
  EXPECT_EQ(first.get(), nullptr);
  EXPECT_EQ(moved.get(), copy.get());
  BindingRef& itself = copy;
  copy = itself;
  copy = std::move(itself);
  moved = {};
  shared = {};
  EXPECT_EQ(tally.live(), 1);
  copy = slot.Bind(Counted(tally));
  EXPECT_EQ(tally.live(), 1);
  BindingRef::Adopt(copy.Detach());
  EXPECT_EQ(copy.get(), nullptr);
  EXPECT_EQ(tally.live(), 0);
  EXPECT_EQ(BindingRef::Share(nullptr).get(), nullptr);
}

// Writes what readers read, when it goes: a race, unless every reader's drop
// happens before.
class Witness {
 public:
  explicit Witness(int* word) : word_(word) {}
  Witness(Witness&& other) noexcept
      : word_(std::exchange(other.word_, nullptr)) {}
  Witness& operator=(Witness&&) = delete;
  ~Witness() {
    if (word_ != nullptr) *word_ = 0;
  }
  int Read() const { return *word_; }

 private:
  int* word_;
};

// Guards [R1], for frames and for bindings: each thread has a reference, reads,
// and drops it; whoever is last destroys.
TEST(FrameStressTest, LastHolderDestroysOnAnyThread) {
  constexpr std::size_t kThreads = 2;
  // Not fewer under sanitizers: that two threads drop at the same moment, as it
  // takes to miss an acquire, happens in one round of some ten thousand.
  constexpr std::size_t kRounds = 150'000;
  const Slot slot;
  const Slot other;
  std::vector<int> words(kRounds, 1);
  std::vector<std::vector<FrameRef>> frames(kThreads);
  for (std::size_t round = 0; round < kRounds; ++round) {
    const FrameRef frame = With({}, slot, slot.Bind(Witness(&words[round])));
    for (std::size_t i = 0; i < kThreads; ++i) {
      // In odd rounds the threads share the binding, but not the frame.
      frames[i].push_back(round % 2 == 0 ? frame
                                         : With(frame, other, other.Bind(i)));
    }
  }
  std::vector<Meeting> meetings(kRounds);
  RunOnThreads(kThreads, [&](int thread) {
    std::vector<FrameRef>& mine = frames[static_cast<std::size_t>(thread)];
    for (std::size_t round = 0; round < kRounds; ++round) {
      FrameRef& frame = mine[round];
      meetings[round].Wait(kThreads);
      const auto* const witness =
          static_cast<const Witness*>(frame.get()->At(slot.index())->value());
      ASSERT_EQ(witness->Read(), 1);
      frame = {};
    }
  });
  EXPECT_EQ(words, std::vector<int>(kRounds, 0));
}

// Guards is_sole() of [R1]: who holds a frame alone changes what others have
// read before they let go of it.
TEST(FrameStressTest, SoleHolderChangesIt) {
  constexpr int kRounds = 2'000;
  const Slot slot;
  std::vector<FrameRef> frames;
  for (int round = 0; round < kRounds; ++round) {
    frames.push_back(With({}, slot, slot.Bind(round)));
  }
  std::vector<FrameRef> read = frames;
  RunOnThreads(2, [&](int thread) {
    for (std::size_t round = 0; round < kRounds; ++round) {
      if (thread == 0) {
        EXPECT_EQ(*static_cast<const int*>(
                      read[round].get()->At(slot.index())->value()),
                  static_cast<int>(round));
        read[round] = {};
        continue;
      }
      BindingRef binding = slot.Bind(-1);
      while (!Frame::Enter(*frames[round].get(), binding)) {
        std::this_thread::yield();
      }
    }
  });
  for (const FrameRef& frame : frames) {
    ASSERT_EQ(*static_cast<const int*>(frame.get()->At(slot.index())->value()),
              -1);
  }
}

}  // namespace
}  // namespace weft::context_internal
