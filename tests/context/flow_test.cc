// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/flow.h"

#include <optional>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "weft/context/internal/binding.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/storage_slot.h"
#include "weft/tests/support/counted.h"

namespace weft::context_internal {
namespace {

using tests::Counted;
using tests::Tally;

class FlowTest : public testing::Test {
 protected:
  ~FlowTest() override {
    EnterFrame({});
    StorageSlot::Release(slot_);
  }

  FrameRef NewFrame() {
    const BindingRef binding = BindingRef::Adopt(new ValueBinding<Counted>(
        slot_, std::optional<Counted>(std::in_place, tally_)));
    return Frame::With(nullptr, slot_.index(), binding.get());
  }
  int live() const { return tally_.live(); }

 private:
  Tally tally_;
  StorageSlot& slot_ = StorageSlot::Acquire();
};

TEST_F(FlowTest, StartsWithTheNullFrame) {
  EXPECT_EQ(CurrentFrame(), nullptr);
  EXPECT_EQ(CaptureFrame().get(), nullptr);
  std::thread([] { EXPECT_EQ(CurrentFrame(), nullptr); }).join();
}

TEST_F(FlowTest, EnterFrameReplacesAndReleases) {
  FrameRef frame = NewFrame();
  const Frame* const address = frame.get();
  EnterFrame(std::move(frame));
  EXPECT_EQ(CurrentFrame(), address);
  EXPECT_EQ(live(), 1);
  EnterFrame(NewFrame());
  EXPECT_NE(CurrentFrame(), address);
  EXPECT_EQ(live(), 1);
  EnterFrame(CaptureFrame());
  EXPECT_EQ(live(), 1);
  EnterFrame({});
  EXPECT_EQ(CurrentFrame(), nullptr);
  EXPECT_EQ(live(), 0);
}

TEST_F(FlowTest, CaptureKeepsTheFrame) {
  EnterFrame(NewFrame());
  FrameRef captured = CaptureFrame();
  EXPECT_EQ(captured.get(), CurrentFrame());
  EnterFrame({});
  EXPECT_EQ(live(), 1);
  captured = {};
  EXPECT_EQ(live(), 0);
}

TEST_F(FlowTest, FrameScopePutsTheWholeFrameBack) {
  EnterFrame(NewFrame());
  const Frame* const outer = CurrentFrame();
  {
    FrameRef frame = NewFrame();
    const Frame* const inner = frame.get();
    const FrameScope scope(std::move(frame));
    EXPECT_EQ(CurrentFrame(), inner);
    {
      const FrameScope empty({});
      EXPECT_EQ(CurrentFrame(), nullptr);
      EnterFrame(NewFrame());
      EXPECT_EQ(live(), 3);
    }
    EXPECT_EQ(CurrentFrame(), inner);
    EnterFrame(NewFrame());  // the first inner one goes
    EXPECT_EQ(live(), 2);
  }
  EXPECT_EQ(CurrentFrame(), outer);
  EXPECT_EQ(live(), 1);
}

TEST_F(FlowTest, BorrowedFrameScopePutsTheOuterFlowBack) {
  EnterFrame(NewFrame());
  const Frame* const outer = CurrentFrame();
  const FrameRef lent = NewFrame();
  for (const Frame* const frame :
       {lent.get(), outer, static_cast<const Frame*>(nullptr)}) {
    {
      const BorrowedFrameScope scope(frame);
      EXPECT_EQ(CurrentFrame(), frame);
      {
        const BorrowedFrameScope inner(outer);
        EXPECT_EQ(CurrentFrame(), outer);
      }
      EXPECT_EQ(CurrentFrame(), frame);
    }
    EXPECT_EQ(CurrentFrame(), outer);
    EXPECT_EQ(live(), 2);
  }
  EnterFrame({});  // the outer flow still owns its frame
  EXPECT_EQ(live(), 1);
}

TEST_F(FlowTest, BorrowedFrameScopeDropsWhatWasEnteredInside) {
  EnterFrame(NewFrame());
  const Frame* const outer = CurrentFrame();
  for (const Frame* const frame : {outer, static_cast<const Frame*>(nullptr)}) {
    {
      const BorrowedFrameScope scope(frame);
      EnterFrame(NewFrame());
      EXPECT_EQ(live(), 2);
      EnterFrame(NewFrame());
      EXPECT_EQ(live(), 2);
      {
        const BorrowedFrameScope inner(CurrentFrame());
        EnterFrame(NewFrame());
        EXPECT_EQ(live(), 3);
      }
      EXPECT_EQ(live(), 2);
    }
    EXPECT_EQ(CurrentFrame(), outer);
    EXPECT_EQ(live(), 1);
    {
      const BorrowedFrameScope scope(frame);
      EnterFrame({});
    }
    EXPECT_EQ(CurrentFrame(), outer);
    EXPECT_EQ(live(), 1);
  }
}

TEST_F(FlowTest, BorrowedFrameScopeMayEnterWhatItBorrows) {
  EnterFrame(NewFrame());
  const Frame* const outer = CurrentFrame();
  {
    const BorrowedFrameScope scope(outer);
    EnterFrame(CaptureFrame());
    EXPECT_EQ(CurrentFrame(), outer);
  }
  EXPECT_EQ(CurrentFrame(), outer);
  EXPECT_EQ(live(), 1);
  EnterFrame({});
  EXPECT_EQ(live(), 0);
}

TEST_F(FlowTest, CaptureInABorrowedFrameScopeKeepsTheFrame) {
  FrameRef frame = NewFrame();
  FrameRef captured;
  {
    const BorrowedFrameScope scope(frame.get());
    captured = CaptureFrame();
    EXPECT_EQ(captured.get(), frame.get());
  }
  frame = {};
  EXPECT_EQ(live(), 1);
}

TEST_F(FlowTest, ThreadThatEndsDropsItsFrame) {
  std::thread([&] {
    EnterFrame(NewFrame());
    EXPECT_EQ(live(), 1);
  }).join();
  EXPECT_EQ(live(), 0);
}

// Nobody who has captured a frame, or was lent it, sees what is entered later.
TEST_F(FlowTest, EnterBindingChangesWhatTheFlowAloneHolds) {
  StorageSlot& other = StorageSlot::Acquire();
  const auto enter = [&](int value) {
    EnterBinding(BindingRef::Adopt(new ValueBinding<int>(other, value)));
  };
  const auto value = [&](const Frame* frame) {
    const Binding* const binding = frame->At(other.index());
    return binding == nullptr ? 0 : *static_cast<const int*>(binding->value());
  };
  enter(1);
  const Frame* const first = CurrentFrame();
  enter(2);
  EXPECT_EQ(CurrentFrame(), first);
  EXPECT_EQ(value(first), 2);
  {
    const BorrowedFrameScope borrowed(first);
    enter(3);
    EXPECT_EQ(value(CurrentFrame()), 3);
    EXPECT_EQ(value(first), 2);
  }
  {
    const FrameRef captured = CaptureFrame();
    enter(4);
    EXPECT_EQ(value(captured.get()), 2);
    EXPECT_EQ(value(CurrentFrame()), 4);
  }
  EnterFrame({});
  StorageSlot::Release(other);
}

}  // namespace
}  // namespace weft::context_internal
