// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/profiler/internal/thread_records.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/adapters/profiler/internal/process_context.h"
#include "weft/adapters/profiler/internal/record.h"
#include "weft/base/sync/asymmetric_fence.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"
#include "weft/context/labels.h"
#include "weft/observe/internal/tap.h"

// The variable that readers look for: a pointer to the record of what the
// thread runs; null: it has none. Its thread stores it, and a reader looks at
// it while the thread is stopped. StopRecords() clears those of all threads, so
// it is atomic. Its name and its type, a pointer, are those of OTEP 4947.
extern "C" {
[[gnu::visibility("default"),
  gnu::used]] constinit thread_local std::atomic<const void*>
    otel_thread_ctx_v1{nullptr};
}
static_assert(sizeof(otel_thread_ctx_v1) == sizeof(void*));

namespace weft::profiler_internal {

constinit std::atomic<std::uint64_t> session{0};

namespace {

using base::MutexLock;
using context_internal::ContextStamp;
using observe_internal::EventBits;
using observe_internal::Signal;
using observe_internal::SignalBit;

// These are counted from the beginning of the process.
constinit std::atomic<std::uint64_t> failed_count{0};
constinit std::atomic<std::uint64_t> left_out_count{0};

void Count(std::atomic<std::uint64_t>& count) noexcept {
  // relaxed: a number.
  count.fetch_add(1, std::memory_order_relaxed);
}

// Never destroyed: threads show records after static destruction, too.
template <typename T>
union Immortal {
  constexpr Immortal() : object() {}
  ~Immortal() {}
  T object;
};
constinit Immortal<ProcessContext> process_context;
constinit std::atomic<TraceFunction> trace_function{nullptr};

// Makes the calling thread show `record`, which it writes no more as long as it
// does; null: nothing.
//
// Edges:
//   [PR1] A thread's writes into a record, then its store of the pointer, and
//         the next writes into what it showed before <-> a reader that has
//         stopped the thread. The reader sees all that the thread did before it
//         was stopped, in program order, so only the compiler must not reorder
//         them, which the light fence tells it. Breaks if weakened: a reader
//         sees a record half written. Test: profiler_reader_test.
void ShowHere(const void* record) noexcept {
  base::LightFence();  // [PR1]
  // relaxed: see [PR1].
  otel_thread_ctx_v1.store(record, std::memory_order_relaxed);
  base::LightFence();  // [PR1]
}

// Returns the head of a record for the trace of the calling flow.
TraceBytes TraceHere() noexcept {
  try {
    // relaxed: handed over by [PR3].
    const TraceFunction trace = trace_function.load(std::memory_order_relaxed);
    if (trace == nullptr) {
      const TraceContext* const current = TraceContext::Current();
      if (current != nullptr) return TraceBytes(*current);
    } else if (const auto current = trace()) {
      return TraceBytes(*current);
    }
  } catch (...) {
    // See ProfilerRecordsOptions::trace.
  }
  return {};
}

// True if the trace is one of the flow's stores, and so the same wherever they
// are.
bool TraceIsStored() noexcept {
  // relaxed: see TraceHere().
  return trace_function.load(std::memory_order_relaxed) == nullptr;
}

// Writes what the calling flow is; returns whether there is anything to say.
bool Describe(RecordBytes& bytes, const TraceBytes& trace) noexcept {
  RecordWriter record(bytes, trace);
  VisitLabels(Visibility::kProfiler,
              [&](std::string_view name, std::string_view text) {
                const auto key = process_context.object.KeyOf(name);
                if (!key.has_value() || !record.Add(*key, text)) {
                  Count(left_out_count);
                }
              });
  return !record.empty();
}

// The records of one thread. Owner-only.
class RecordStack {
 public:
  // Puts the record of the calling flow on top, and returns it; null if it has
  // none.
  const void* Begin(const void* scope) noexcept {
    if (depth_ >= kKept) {
      // The last one is not kept, and may be shown now.
      ++depth_;
      ShowHere(nullptr);
      return Describe(records_[kKept], TraceHere()) ? &records_[kKept]
                                                    : nullptr;
    }
    RecordBytes& bytes = records_[depth_];
    Level& level = levels_[depth_++];
    level.scope = scope;
    const std::uint64_t forgotten = forgotten_;
    const ContextStamp now = context_internal::CurrentStamp();
    const bool is_known = now.frame != 0 && level.made_of == now;
    if (is_known && TraceIsStored()) [[likely]]
      return level.shown;
    const TraceBytes trace = TraceHere();
    if (is_known && level.trace == trace) return level.shown;
    level.made_of = {};
    level.shown = Describe(bytes, trace) ? &bytes : nullptr;
    // Forms may enter resources, and so find that another session has begun:
    // then this record is of the one before.
    if (forgotten_ == forgotten) {
      level.made_of = now;
      level.trace = trace;
    }
    return level.shown;
  }
  // Takes off what is on top of `scope`, and that. Returns false, and takes off
  // nothing, if it is not there.
  bool End(const void* scope) noexcept {
    if (depth_ > kKept) {
      --depth_;
      return true;
    }
    for (std::size_t depth = depth_; depth > 0; --depth) {
      if (levels_[depth - 1].scope != scope) continue;
      depth_ = depth - 1;
      return true;
    }
    return false;
  }
  void Clear() noexcept { depth_ = 0; }
  // Makes all records anew from now on.
  void Forget() noexcept {
    Clear();
    ++forgotten_;
    for (Level& level : levels_) level.made_of = {};
  }
  // Returns the record on top; null if it has none, or it was not kept.
  const void* top() const noexcept {
    return depth_ == 0 || depth_ > kKept ? nullptr : levels_[depth_ - 1].shown;
  }

 private:
  // A level keeps its record when its scope ends: a thread often begins one
  // task after another of the same context.
  struct Level {
    const void* scope = nullptr;  // a resource, or a ProfilerScope
    const void* shown = nullptr;  // the record of the level; null: it has none
    // What that was made of; no frame: it is to be made anew.
    ContextStamp made_of;
    TraceBytes trace;
  };

  // What is nested deeper has a record, but not what is around it there.
  static constexpr std::size_t kKept = 32;

  std::size_t depth_ = 0;
  std::uint64_t forgotten_ = 0;  // how often
  std::array<Level, kKept> levels_;
  std::array<RecordBytes, kKept + 1> records_;
};

// What a thread has that shows records.
struct ThreadRecords {
  RecordStack* stack = nullptr;  // null: there was no memory
  std::uint64_t seen = 0;        // the session that the stack is of

  // Under the lock of Threads.
  std::atomic<const void*>* variable = nullptr;  // null: not listed
  ThreadRecords* older = nullptr;
  ThreadRecords* newer = nullptr;
};

// The threads that may show a record.
class Threads {
 public:
  base::Mutex& mutex() noexcept ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  void Add(ThreadRecords& thread) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    thread.variable = &otel_thread_ctx_v1;
    thread.older = newest_;
    if (newest_ != nullptr) newest_->newer = &thread;
    newest_ = &thread;
  }
  void Remove(ThreadRecords& thread) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    if (thread.variable == nullptr) return;
    (thread.newer == nullptr ? newest_ : thread.newer->older) = thread.older;
    if (thread.older != nullptr) thread.older->newer = thread.newer;
    thread.variable = nullptr;
  }
  // Makes none show anything.
  void ShowNothing() noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    for (ThreadRecords* thread = newest_; thread != nullptr;
         thread = thread->older) {
      // relaxed: see [PR1] and [PR2].
      thread->variable->store(nullptr, std::memory_order_relaxed);
    }
  }
  // In a child of fork(): of its parent's threads it has the calling one, which
  // is `own`, or null if that is not listed.
  void Forget(ThreadRecords* own) noexcept ABSL_NO_THREAD_SAFETY_ANALYSIS {
    newest_ = own;
    if (own == nullptr) return;
    own->older = nullptr;
    own->newer = nullptr;
  }

 private:
  base::Mutex mutex_;
  ThreadRecords* newest_ ABSL_GUARDED_BY(mutex_) = nullptr;
};
constinit Immortal<Threads> threads;

constinit thread_local ThreadRecords this_thread;
constinit thread_local bool thread_has_ended = false;

[[maybe_unused]] const base::AtFork& threads_known_at_fork =
    *new base::AtFork(threads.object.mutex(), []() noexcept {
      threads.object.Forget(this_thread.variable != nullptr ? &this_thread
                                                            : nullptr);
    });
[[maybe_unused]] const base::AtFork& context_known_at_fork =
    *new base::AtFork(process_context.object.mutex());

// Takes the thread from the list at its end.
class ThreadLeaves {
 public:
  void Arm() noexcept { is_armed_ = true; }
  ~ThreadLeaves() {
    thread_has_ended = true;
    if (!is_armed_) return;
    ShowHere(nullptr);
    threads.object.Remove(this_thread);
    delete std::exchange(this_thread.stack, nullptr);
  }

 private:
  bool is_armed_ = false;
};
constinit thread_local ThreadLeaves thread_leaves;

// Returns the calling thread's stack for that session; null when the thread is
// about to end, or there is no memory for it.
RecordStack* StackHere(std::uint64_t of_session) noexcept {
  if (this_thread.stack == nullptr) [[unlikely]] {
    if (thread_has_ended) return nullptr;
    this_thread.stack = new (std::nothrow) RecordStack;
    if (this_thread.stack == nullptr) {
      Count(failed_count);
      return nullptr;
    }
    thread_leaves.Arm();
    threads.object.Add(this_thread);
  }
  if (this_thread.seen != of_session) [[unlikely]] {
    // What began in an earlier session may have ended untold.
    this_thread.seen = of_session;
    this_thread.stack->Forget();
  }
  return this_thread.stack;
}

// Shows a record of a session, as long as that lasts.
//
// Edges:
//   [PR2] The store of the thread's pointer, then its look at the session <->
//         StopRecords()'s store of the session, then ShowNothing(): either the
//         thread sees that the session is over, and shows nothing, or its
//         pointer is cleared. Threads have the light fence between the two,
//         StopRecords() the heavy one. Breaks if weakened: a thread shows a
//         record that nobody takes away. Test:
//         ProfilerStressTest.RecordsComeAndGoWhileTasksRun.
//   [PR3] StartRecords()'s store of the session <-> the loads of it: the trace
//         function is that of the session. Breaks if weakened: a record has its
//         trace from the function of an earlier session. Test: as [PR2] (TSan).
void ShowIfOn(const void* record, std::uint64_t of_session) noexcept {
  ShowHere(record);
  base::LightFence();  // [PR2]
  // relaxed: see [PR2].
  if (record != nullptr &&
      session.load(std::memory_order_relaxed) != of_session) [[unlikely]] {
    ShowHere(nullptr);
  }
}

void Begin(const void* scope) noexcept {
  // [PR3]
  const std::uint64_t now = session.load(std::memory_order_acquire);
  // Not even what it showed while StopRecords() is about to end that.
  if (now == 0) return ShowHere(nullptr);
  RecordStack* const stack = StackHere(now);
  if (stack != nullptr) ShowIfOn(stack->Begin(scope), now);
}

// What ends a scope that was not told of.
enum class Unknown { kKeepsOthers, kEndsAll };

void End(const void* scope, Unknown unknown) noexcept {
  // [PR3]
  const std::uint64_t now = session.load(std::memory_order_acquire);
  if (now == 0) return ShowHere(nullptr);
  RecordStack* const stack = StackHere(now);
  if (stack == nullptr) return;
  if (!stack->End(scope)) {
    if (unknown == Unknown::kKeepsOthers) return;
    // It began before all that was told of here.
    stack->Clear();
  }
  ShowIfOn(stack->top(), now);
}

// Hears where resources begin and end.
class Runs final : public observe_internal::Listener {
 public:
  constexpr Runs() = default;

  EventBits SetLevel(observe::Level) noexcept override {
    // Whatever the level. relaxed: written by the caller of Listen(), or a
    // hint, as Begin() and End() look at the session.
    return is_on_.load(std::memory_order_relaxed)
               ? SignalBit(Signal::kBefore) | SignalBit(Signal::kAfter)
               : 0;
  }
  void Hear(const observe_internal::Told& told,
            observe_internal::Stamp&) noexcept override {
    if (told.signal == Signal::kBefore) {
      Begin(told.resource);
    } else if (told.signal == Signal::kAfter) {
      End(told.resource, Unknown::kEndsAll);
    }
  }

  void Listen(bool is_on) noexcept {
    // relaxed: see SetLevel().
    is_on_.store(is_on, std::memory_order_relaxed);
    observe_internal::Listen(observe_internal::Seat::kProfiler, *this);
  }

 private:
  std::atomic<bool> is_on_{false};
};
constinit Immortal<Runs> runs;

// True while there is a ProfilerRecords.
constinit std::atomic<bool> records_are_on{false};
constinit std::uint64_t last_session = 0;  // changed while that is true

}  // namespace

void StartRecords(std::vector<ResourceAttribute> resource,
                  TraceFunction trace) {
  // relaxed: makers do not overlap; see ProfilerRecords.
  if (records_are_on.exchange(true, std::memory_order_relaxed)) {
    throw std::logic_error(
        "ProfilerRecords: there is one already; a process has one at a time");
  }
  try {
    TraceContext::Storage();  // made here, where it may throw
    process_context.object.Publish(std::move(resource));
  } catch (...) {
    // relaxed: see above.
    records_are_on.store(false, std::memory_order_relaxed);
    throw;
  }
  // relaxed: see [PR3].
  trace_function.store(trace, std::memory_order_relaxed);
  runs.object.Listen(true);
  // Last: a thread that sees it is told of all that begins.
  // [PR3]
  session.store(++last_session, std::memory_order_release);
}

void StopRecords() noexcept {
  // First, while all that begins is told yet.
  // [PR3]
  session.store(0, std::memory_order_release);
  base::HeavyFence();  // [PR2]
  threads.object.ShowNothing();
  runs.object.Listen(false);
  process_context.object.Withdraw();
  // relaxed: see StartRecords().
  records_are_on.store(false, std::memory_order_relaxed);
}

ProfilerRecordsStats RecordStats() noexcept {
  return {// relaxed: numbers.
          .failed = failed_count.load(std::memory_order_relaxed),
          .left_out = left_out_count.load(std::memory_order_relaxed),
          .keys = process_context.object.keys()};
}

void BeginScope(const void* scope) noexcept { Begin(scope); }
void EndScope(const void* scope) noexcept { End(scope, Unknown::kKeepsOthers); }

}  // namespace weft::profiler_internal
