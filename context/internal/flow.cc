// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/flow.h"

#include <utility>

#include "weft/context/internal/check.h"

namespace weft::context_internal {
namespace {

// Drops the frame of a thread that ends with one entered.
class ThreadExit {
 public:
  // Its first use on a thread registers the destructor there.
  void Arm() noexcept { armed_ = true; }
  ~ThreadExit() {
    // Destructors of values may enter others.
    while (armed_ && current_flow.frame != nullptr) EnterFrame({});
  }

 private:
  bool armed_ = false;
};

constinit thread_local ThreadExit thread_exit;

}  // namespace

constinit thread_local Flow current_flow{nullptr, nullptr};

void EnterFrame(FrameRef frame) noexcept {
  if (frame.get() != nullptr) thread_exit.Arm();
  // The old frame goes last: destructors of its values may read the context.
  const FrameRef old =
      FrameRef::Adopt(std::exchange(current_flow.frame, frame.Detach()));
}

FrameScope::~FrameScope() {
  WEFT_CHECK(current_flow.scope == nullptr,
             "a StorageScope outlived the task, snapshot or resource scope in "
             "which it was made; destroy it before that returns");
  const FrameRef inner =
      FrameRef::Adopt(std::exchange(current_flow, outer_).frame);
}

}  // namespace weft::context_internal
