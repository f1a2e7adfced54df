// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The seam: where executor, context and hooks meet, and nowhere else.
//
//   TaskOrigin, ForkOrigin  on the submitting thread: frame and ids; init
//   TaskScope, ForkScope    on the running thread: installs both; before, ...,
//                           after, then destroy
//   TaskSegments            the same for a task that runs in several segments
//
// No other file of the executor touches frames or emits lifecycle events.
//
// Values that a task leaves behind, in its frame or in what it has entered, die
// as nobody (hooks/internal/nobody_scope.h), whichever thread runs or drops the
// task.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_TASK_SCOPE_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_TASK_SCOPE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/check.h"
#include "weft/base/sync/mutex.h"
#include "weft/context/internal/cancellation_link.h"
#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/frame_cache.h"
#include "weft/context/internal/limits.h"
#include "weft/executor/internal/task/thread_state.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/emit.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/internal/nobody_scope.h"
#include "weft/hooks/internal/wanted_events.h"
#include "weft/hooks/providers.h"
#include "weft/hooks/resource.h"

namespace weft::executor_internal {

class Completion;
class FramePins;

using hooks_internal::DestroyAsNobody;
using hooks_internal::NobodyScope;

// Where a task came from, and its identity. It moves from the submitting thread
// to the running one together with the task.
class TaskOrigin {
 public:
  // Says who keeps the frame alive for the task.
  enum class Hold : std::uint8_t {
    kCounted,   // the task: one reference, dropped when it ends
    kCached,    // the task, by the caches of the workers that make and run it:
                // what it held is released when the last of those is flushed
    kBorrowed,  // another owner: its group, or the flow that waits for it
    kNone,      // nobody: it runs in no context
  };

  // What is taken of the calling flow: what is inherited of its frame, and its
  // id as the trigger. It must become an origin, which releases the frame.
  class Captured;
  // Throw std::bad_alloc, and what the copy of a store throws. The frame is
  // held as `hold` says, or by `pins`.
  [[gnu::always_inline]] static inline Captured CaptureFlow(Hold hold);
  [[gnu::always_inline]] static inline Captured CaptureFlow(FramePins& pins);

  // `where` is where the task was submitted.
  [[gnu::always_inline]] inline TaskOrigin(Provider provider, Captured captured,
                                           std::source_location where) noexcept;
  // Captures the calling flow; throws as CaptureFlow().
  [[gnu::always_inline]] inline TaskOrigin(Provider provider, Hold hold,
                                           std::source_location where);
  // The same with another trigger.
  TaskOrigin(Provider provider, AsyncId trigger_async_id,
             std::source_location where)
      : TaskOrigin(provider, Capture(Hold::kCounted), trigger_async_id, where) {
  }
  TaskOrigin(const TaskOrigin&) = delete;
  TaskOrigin& operator=(const TaskOrigin&) = delete;
  [[gnu::always_inline]] inline ~TaskOrigin() { ReleaseFrame(); }

  // Emits init. Call it once, on the submitting thread, when the task is
  // complete and accepted: from here on it gets its destroy, whatever happens.
  void EmitInit() noexcept { hooks_internal::EmitInit(resource_, frame_); }

  const Resource& resource() const noexcept { return resource_; }

  // Returns the limits of the task's flow.
  context_internal::Limits limits() const noexcept {
    return context_internal::LimitsOf(frame_);
  }

  // Does what the destructor does, for a task that ends without one.
  void Release() noexcept {
    ReleaseFrame();
    resource_.ReleaseState();
  }

 private:
  friend class FramePins;
  friend class TaskScope;
  friend class TickScope;
  friend class TaskSegments;

  struct Held {
    const context_internal::Frame* frame;
    Hold hold;
  };
  // Returns what the task inherits of the calling flow, held as `hold` says,
  // or, where that is impossible, by a count.
  [[gnu::always_inline]] static inline Held Capture(Hold hold) {
    if (hold == Hold::kNone) return {nullptr, hold};
    const context_internal::Frame* const frame =
        context_internal::CurrentFrame();
    if (frame == nullptr) return {nullptr, hold};
    if (!frame->is_plain()) [[unlikely]]
      return CaptureOther(hold);
    context_internal::FrameCache* const cache = thread_state.frames;
    if (hold == Hold::kCached && cache != nullptr) {
      cache->AddRef(frame);
    } else {
      frame->AddRef();
    }
    return {frame, hold};
  }
  static Held CaptureOther(Hold hold);

  TaskOrigin(Provider provider, Held held, AsyncId trigger_async_id,
             std::source_location where) noexcept
      : frame_(held.frame),
        resource_(ProviderName(provider), hooks_internal::kDrawnWhenAsked,
                  trigger_async_id, where),
        hold_(held.hold) {}

  [[gnu::always_inline]] inline void ReleaseFrame() noexcept {
    if (frame_ != nullptr && hold_ != Hold::kBorrowed) ReleaseHeld();
  }
  [[gnu::always_inline]] inline void ReleaseHeld() noexcept {
    const context_internal::Frame* const frame = std::exchange(frame_, nullptr);
    context_internal::FrameCache* const cache = thread_state.frames;
    if (hold_ == Hold::kCached && cache != nullptr)
      return cache->Release(frame);
    hooks_internal::ReleaseAsNobody(frame);
  }

  const context_internal::Frame* frame_;  // null: nothing to release
  [[no_unique_address]] Resource resource_;
  Hold hold_;  // behind the resource's last bytes
};

// Makes the calling thread be the task for the life of the scope. Inline: where
// nobody watches, all of it is a few words stored and put back. What the task
// captured must die inside: its destructors may read the context. Afterwards
// frame and ids are the caller's again; the task's own frame is released as
// nobody.
class TaskScope {
 public:
  enum class Purpose {
    kRun,     // before, ..., after, destroy
    kDiscard  // destroy only: the task will not run
  };

  [[gnu::always_inline]] inline TaskScope(TaskOrigin& origin,
                                          Purpose purpose) noexcept
      : destroy_{origin.resource_},
        purpose_(purpose),
        execution_(origin.resource_),
        release_{origin},
        frame_(origin.frame_) {
    if (purpose_ == Purpose::kRun)
      hooks_internal::EmitBefore(destroy_.resource);
  }
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;
  [[gnu::always_inline]] inline ~TaskScope() {
    if (purpose_ == Purpose::kRun) hooks_internal::EmitAfter(destroy_.resource);
  }

  // Emits promise_resolve: the task has settled the future that it is.
  void EmitPromiseResolve() noexcept {
    hooks_internal::EmitPromiseResolve(destroy_.resource);
  }

 private:
  // Emits destroy, with the caller's frame and ids back in place.
  struct DestroyStep {
    [[gnu::always_inline]] inline ~DestroyStep() {
      hooks_internal::EmitDestroy(resource);
      hooks_internal::ReleaseStateAsNobody(resource);
    }
    Resource& resource;
  };
  struct ReleaseStep {
    [[gnu::always_inline]] inline ~ReleaseStep() { origin.ReleaseFrame(); }
    TaskOrigin& origin;
  };

  const DestroyStep destroy_;
  const Purpose purpose_;
  const hooks_internal::ExecutionScope execution_;
  const ReleaseStep release_;
  const hooks_internal::TaskFrameScope frame_;
};

// Makes the calling thread be a task that runs again and again, for one of its
// runs: before, ..., after. Each starts in the frame that the task captured.
// The task ends, with its destroy event, in a TaskScope that discards it.
class TickScope {
 public:
  explicit TickScope(TaskOrigin& origin) noexcept
      : resource_(origin.resource_),
        execution_(origin.resource_),
        frame_(origin.frame_) {
    hooks_internal::EmitBefore(resource_);
  }
  TickScope(const TickScope&) = delete;
  TickScope& operator=(const TickScope&) = delete;
  ~TickScope() { hooks_internal::EmitAfter(resource_); }

 private:
  Resource& resource_;
  const hooks_internal::ExecutionScope execution_;
  const hooks_internal::TaskFrameScope frame_;
};

// A task that runs in several segments, each on any thread: a coroutine. What
// is current in it, the storage scopes that it has open included, is put aside
// at the end of a segment and restored at the start of the next one. Nothing is
// copied: its scopes lie in the coroutine's own memory, and all that they point
// to lies there too or is held by the origin.
//
// Owner-only; the thread that makes the coroutine go on elsewhere hands it
// over.
class TaskSegments {
 public:
  explicit TaskSegments(TaskOrigin& origin) noexcept
      : origin_(origin),
        flow_{origin.frame_, nullptr, nullptr},
        execution_(origin.resource_) {}
  TaskSegments(const TaskSegments&) = delete;
  TaskSegments& operator=(const TaskSegments&) = delete;

  // Makes the calling thread be the task from here on; emits before.
  void Begin() noexcept;
  // Emits after; the thread has its own frame and ids again.
  void End() noexcept;
  // The same for the last segment of a task that is a promise, settled by now.
  void EndSettled() noexcept;

  // Returns the limits of the task, between segments.
  context_internal::Limits limits() const noexcept {
    return context_internal::LimitsOf(flow_.frame);
  }

  // Makes the calling thread be the task without events, while what the task
  // has captured is destroyed.
  void BeginDestruction() noexcept { Swap(); }
  // Restores the thread's own frame and ids; releases what the task has entered
  // and its frame, as nobody, and emits destroy.
  void EndDestruction() noexcept;

  // Makes the calling thread be the task, in its context, outside its segments:
  // after one has ended, while another thread may begin the next, or end the
  // task. The origin's resource must be kept meanwhile. Its constructor, inside
  // a segment, captures; it is opened after the segment's end. Throws
  // std::bad_alloc.
  class Beside;

 private:
  // Exchanges what is current on the thread with what is put aside.
  void Swap() noexcept {
    std::swap(context_internal::current_flow, flow_);
    std::swap(hooks_internal::execution_state, execution_);
  }

  TaskOrigin& origin_;
  // Between segments, what is current in the task; in one, what is current in
  // the thread that runs it.
  context_internal::Flow flow_;
  hooks_internal::ExecutionState execution_;
};

class TaskSegments::Beside {
 public:
  explicit Beside(TaskSegments& segments)
      : resource_(segments.origin_.resource_),
        frame_(context_internal::CaptureFrame().Detach()) {}
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside() {
    if (frame_ != nullptr) hooks_internal::ReleaseAsNobody(frame_);
  }

  template <typename Fn>
  decltype(auto) Call(Fn&& fn) {
    const hooks_internal::ExecutionScope execution(resource_);
    const hooks_internal::TaskFrameScope frame(frame_);
    return std::forward<Fn>(fn)();
  }

 private:
  Resource& resource_;
  const context_internal::Frame* const frame_;  // one reference
};

// What is current on the calling thread, as long as another stack goes on
// there: its frame and open storage scopes, its ids, what it cancels.
// Owner-only.
class SuspendedStack {
 public:
  // Exchanges it for what is current.
  void Swap() noexcept {
    std::swap(context_internal::current_flow, flow_);
    std::swap(hooks_internal::execution_state, execution_);
    cancelling_ = context_internal::ExchangeCancelling(cancelling_);
  }

 private:
  context_internal::Flow flow_{nullptr, nullptr, nullptr};
  hooks_internal::ExecutionState execution_;  // the thread's root
  void* cancelling_ = nullptr;
};

// The same for what is forked on a stack: the flow that forks waits for it, so
// its frame is borrowed. Inline: a fork costs a few nanoseconds.
class ForkOrigin {
 public:
  ForkOrigin(std::string_view type, hooks_internal::LastingTrigger trigger,
             std::source_location where) noexcept
      : frame_(context_internal::CurrentFrame()),
        resource_(type, trigger, where) {}
  ForkOrigin(const ForkOrigin&) = delete;
  ForkOrigin& operator=(const ForkOrigin&) = delete;
  [[gnu::always_inline]] inline ~ForkOrigin() {
    hooks_internal::ReleaseStateAsNobody(resource_);
  }

  // The same as TaskOrigin's.
  void EmitInit() noexcept {
    hooks_internal::EmitInit(resource_,
                             hooks_internal::ForkBits(HookEvent::kInit));
  }

  Resource& resource() noexcept { return resource_; }
  const Resource& resource() const noexcept { return resource_; }

  // Returns the trigger of what the calling flow forks, and waits for.
  static hooks_internal::LastingTrigger Trigger() noexcept {
    return {hooks_internal::DefaultTrigger()};
  }

 private:
  friend class ForkScope;
  friend class CalledForkScope;

  const context_internal::Frame* const frame_;
  Resource resource_;
};

// Guards a flow that has lent its frame to what it has forked: the flow may not
// drop that frame, and what it enters meanwhile ends here.
class LendingScope {
 public:
  LendingScope() noexcept
      : frame_(context_internal::current_flow.frame),
        owned_(context_internal::current_flow.owned) {
    if (owned_ != nullptr) [[unlikely]] {
      context_internal::current_flow.owned = nullptr;
    }
  }
  LendingScope(const LendingScope&) = delete;
  LendingScope& operator=(const LendingScope&) = delete;
  ~LendingScope() {
    if (owned_ != nullptr) [[unlikely]] {
      context_internal::current_flow.owned = owned_;
    }
  }

  // Call it after a function has run here: ends what that has entered, so that
  // the lent frame is current again. Entering anything, or capturing from a
  // frame on the stack, has made another frame current.
  void Reset() const noexcept {
    if (context_internal::current_flow.frame != frame_) [[unlikely]] {
      ResetEntered(frame_);
    }
  }

 private:
  // Static, so that the object stays in registers.
  static void ResetEntered(const context_internal::Frame* lent) noexcept;

  const context_internal::Frame* const frame_;
  const context_internal::Frame* const owned_;
};

// Emits after, and destroy, which runs in no context. `bits` are those of both.
void EmitForkEnd(Resource& resource, hooks_internal::EventBits bits) noexcept;

// Emits before, as the part of a fork that is about to run as a call.
void EmitForkBegin(Resource& resource) noexcept;

// Makes the calling thread be a part of a fork for the life of the scope. What
// comes before that is told by then. `kBits` gives the bits of an event.
template <typename FrameScope,
          hooks_internal::EventBits (*kBits)(HookEvent) noexcept>
class BasicForkScope {
 public:
  template <typename Frame>
  BasicForkScope(ForkOrigin& origin, const Frame& frame) noexcept
      : resource_(origin.resource()),
        execution_(origin.resource()),
        frame_{frame} {}
  BasicForkScope(const BasicForkScope&) = delete;
  BasicForkScope& operator=(const BasicForkScope&) = delete;
  ~BasicForkScope() {
    constexpr hooks_internal::EventBits kEnd =
        kBits(HookEvent::kAfter) | kBits(HookEvent::kDestroy);
    if (hooks_internal::IsAnyWanted(kEnd)) [[unlikely]] {
      EmitForkEnd(resource_, kEnd);
    }
  }

 private:
  Resource& resource_;
  const hooks_internal::ExecutionScope execution_;
  [[maybe_unused]] const FrameScope frame_;
};

// Installs the frame, on whichever thread it runs: for a part that was taken
// from a queue, and for one that runs as a call.
class ForkScope : BasicForkScope<hooks_internal::TaskFrameScope,
                                 &hooks_internal::BothBits> {
 public:
  explicit ForkScope(ForkOrigin& origin) noexcept
      : BasicForkScope(origin, origin.frame_) {
    hooks_internal::EmitBefore(origin.resource());
  }
};
class CalledForkScope : BasicForkScope<hooks_internal::TaskFrameScope,
                                       &hooks_internal::ForkBits> {
 public:
  explicit CalledForkScope(ForkOrigin& origin) noexcept
      : BasicForkScope(origin, origin.frame_) {
    hooks_internal::EmitBefore(origin.resource(),
                               hooks_internal::ForkBits(HookEvent::kBefore));
  }
};

// For a part that runs on the stack of the job that forked it, where the frame
// is current.
struct LentFrame {
  ~LentFrame() { lending.Reset(); }
  const LendingScope& lending;
};
class LentForkScope : BasicForkScope<LentFrame, &hooks_internal::ForkBits> {
 public:
  // True if anyone wants to be told that a part begins. One question for both
  // events; then start is emitted first, and before by EmitForkBegin().
  static bool IsBeginWanted() noexcept {
    using hooks_internal::ForkBits;
    return hooks_internal::IsAnyWanted(ForkBits(HookEvent::kStart) |
                                       ForkBits(HookEvent::kBefore));
  }

  LentForkScope(ForkOrigin& origin, const LendingScope& lending) noexcept
      : BasicForkScope(origin, lending) {}
};

// The frames that a group's tasks run in, held for all of them together: a task
// submitted in the same frame as the one before it counts nothing.
//
// Edges:
//   [O1] Pin()'s load of `latest_` <-> the store of it: a pinned frame is
//        complete. The group makes sure that it is not released before the task
//        has run: it adds the task to its completion before Pin(), and
//        ReleaseUnless() asks, under the lock, after it has cleared `latest_`;
//        all four seq_cst, so one of the two sees the other. Breaks if
//        weakened: a task runs in a frame that is gone. Test:
//        tests/model/frame_pins_model.cc.
//
// Thread-safe.
class FramePins {
 public:
  FramePins() = default;
  FramePins(const FramePins&) = delete;
  FramePins& operator=(const FramePins&) = delete;
  ~FramePins() { Release(pins_); }

  // Returns what is inherited of the calling flow's frame, borrowed, or, if
  // there are many pins already or the frame is for this task only, counted for
  // the caller. Throws as TaskOrigin().
  TaskOrigin::Held Pin() ABSL_LOCKS_EXCLUDED(mutex_) {
    const context_internal::Frame* const current =
        context_internal::CurrentFrame();
    // [O1]
    if (current == nullptr ||
        current == latest_.load(std::memory_order_seq_cst)) {
      return {current, TaskOrigin::Hold::kBorrowed};
    }
    return PinOther();
  }

  // Releases all frames, as nobody, unless `busy()` by then.
  template <typename Busy>
  void ReleaseUnless(const Busy& busy) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    Pins released;
    {
      const base::MutexLock lock(mutex_);
      // [O1]
      latest_.store(nullptr, std::memory_order_seq_cst);
      if (busy()) return;
      released = std::move(pins_);
      pins_ = {};
      count_ = 0;
    }
    Release(released);
  }

 private:
  static constexpr std::size_t kMax = 4;
  using Pins = std::array<context_internal::FrameRef, kMax>;

  static void Release(Pins& pins) noexcept;

  TaskOrigin::Held PinOther() ABSL_LOCKS_EXCLUDED(mutex_);

  std::atomic<const context_internal::Frame*> latest_{nullptr};
  base::Mutex mutex_;
  Pins pins_ ABSL_GUARDED_BY(mutex_);
  std::size_t count_ ABSL_GUARDED_BY(mutex_) = 0;
};

class TaskOrigin::Captured {
 private:
  friend class TaskOrigin;
  Captured(Held held, AsyncId trigger) noexcept
      : held_(held), trigger_async_id_(trigger) {}

  const Held held_;
  const AsyncId trigger_async_id_;
};

inline TaskOrigin::Captured TaskOrigin::CaptureFlow(Hold hold) {
  return {Capture(hold), hooks_internal::DefaultTrigger().async_id()};
}
inline TaskOrigin::Captured TaskOrigin::CaptureFlow(FramePins& pins) {
  return {pins.Pin(), hooks_internal::DefaultTrigger().async_id()};
}
inline TaskOrigin::TaskOrigin(Provider provider, Captured captured,
                              std::source_location where) noexcept
    : TaskOrigin(provider, captured.held_, captured.trigger_async_id_, where) {}
inline TaskOrigin::TaskOrigin(Provider provider, Hold hold,
                              std::source_location where)
    : TaskOrigin(provider, CaptureFlow(hold), where) {}

// A promise as hooks see it: init when made, destroy when gone.
class PromiseOrigin {
 public:
  // `settles` is what those wait for who wait for the promise.
  PromiseOrigin(const Completion& settles, std::source_location where) noexcept;
  PromiseOrigin(const PromiseOrigin&) = delete;
  PromiseOrigin& operator=(const PromiseOrigin&) = delete;
  ~PromiseOrigin();

  void EmitPromiseResolve() noexcept;
  // Tells the sink that it goes away unsettled; `executor` is the number of the
  // engine of its future.
  void EmitBroken(std::uint64_t executor) noexcept;

  AsyncId async_id() const noexcept { return resource_.async_id(); }

 private:
  Resource resource_;
};

// Tells the sink that the function of the running task has thrown.
void EmitThrow() noexcept;

// True if any flow has ever been limited in this process.
inline bool LimitsAreUsed() noexcept {
  return context_internal::LimitsAreUsed();
}
// Returns the limits of the calling flow.
inline context_internal::Limits LimitsHere() noexcept {
  return context_internal::CurrentLimits();
}

// Checks, in debug builds, that a worker between jobs runs in no context.
inline void CheckIdle() noexcept {
  WEFT_DCHECK(context_internal::CurrentFrame() == nullptr,
              "a worker kept the context of a task that has ended");
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_TASK_SCOPE_H_
