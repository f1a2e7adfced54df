// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/coroutine/coroutine_task.h"

#include <new>

#include "weft/base/check.h"
#include "weft/executor/internal/memory/task_memory.h"
#include "weft/executor/internal/task/limit_error.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {

// The state of a RunCoroutines() on this stack.
struct CoroutineRun {
  std::coroutine_handle<> current;
  std::coroutine_handle<> next;  // null: none yet
};

void RunCoroutines(std::coroutine_handle<> coroutine) noexcept {
  CoroutineRun run{coroutine, nullptr};
  CoroutineRun* const outer = std::exchange(thread_state.coroutines, &run);
  while (run.current != nullptr) {
    run.current.resume();
    run.current = std::exchange(run.next, nullptr);
  }
  thread_state.coroutines = outer;
}

void Transfer(std::coroutine_handle<> from,
              std::coroutine_handle<> to) noexcept {
  CoroutineRun* const run = thread_state.coroutines;
  if (run == nullptr || run->current != from || run->next != nullptr) {
    return RunCoroutines(to);
  }
  run->next = to;
}

// One allocation: this, then the frame.
struct alignas(__STDCPP_DEFAULT_NEW_ALIGNMENT__) CoroutineTask::Memory {
  static Memory& OfFrame(void* frame) noexcept {
    return *(static_cast<Memory*>(frame) - 1);
  }
  void* frame() noexcept { return this + 1; }
  CoroutineTask& task() noexcept {
    return *std::launder(reinterpret_cast<CoroutineTask*>(room));
  }

  std::size_t bytes;
  void* self;
  bool has_task;
  alignas(CoroutineTask) std::byte room[sizeof(CoroutineTask)];
};

void* CoroutineTask::AllocateFrame(std::size_t size) {
  const std::size_t bytes = sizeof(Memory) + size;
  auto* const memory = ::new (AllocateTask(bytes)) Memory;
  memory->bytes = bytes;
  memory->self = memory;
  memory->has_task = false;
  return memory->frame();
}

void CoroutineTask::FreeFrame(void* frame) noexcept {
  Memory& memory = Memory::OfFrame(frame);
  if (!memory.has_task) return FreeTask(&memory, memory.bytes);
  CoroutineTask& task = memory.task();
  WEFT_CHECK(task.destroying_,
             "a coroutine was destroyed that was not suspended");
  task.segments_.EndDestruction();
  if (CoroutineWaiter* const waiter = std::exchange(task.waiter_, nullptr)) {
    waiter->Destroyed(task.resource().async_id());
  }
  task.Release();
}

CoroutineTask& CoroutineTask::Make(std::coroutine_handle<> coroutine,
                                   std::source_location where) {
  Memory& memory = Memory::OfFrame(coroutine.address());
  WEFT_CHECK(memory.self == &memory,
             "the compiler puts a coroutine's frame elsewhere than into the "
             "memory that it asked for");
  auto* const task = ::new (memory.room) CoroutineTask(coroutine, where);
  memory.has_task = true;
  task->EmitInit();
  return *task;
}

CoroutineTask::CoroutineTask(std::coroutine_handle<> coroutine,
                             std::source_location where)
    : QueuedTask(Form::kTask, Provider::kCoroutine, TaskOrigin::Hold::kCounted,
                 where),
      coroutine_(coroutine),
      segments_(origin()) {}

void CoroutineTask::Release() const noexcept {
  if (!DropRefs(1)) return;
  Memory& memory = Memory::OfFrame(coroutine_.address());
  this->~CoroutineTask();
  FreeTask(&memory, memory.bytes);
}

void CoroutineTask::Resume() {
  started_ = true;
  segments_.Begin();
  if (dropped_ != nullptr) [[unlikely]] {
    std::rethrow_exception(std::exchange(dropped_, nullptr));
  }
}

void CoroutineTask::Suspend() noexcept { segments_.End(); }

void CoroutineTask::Settle() noexcept {
  segments_.EndSettled();
  std::exchange(waiter_, nullptr)->Ended(coroutine_);
}

void CoroutineTask::BeginDestruction() noexcept {
  destroying_ = true;
  segments_.BeginDestruction();
}

void CoroutineTask::DestroyedWhileAwaited() noexcept {
  base::CheckFailed(
      __FILE__, __LINE__,
      "a coroutine was destroyed while it waits for an executor, a future or "
      "another coroutine, which will resume it; only one that is suspended in "
      "an awaitable of your own may be destroyed");
}

void CoroutineTask::Run(Engine&) noexcept { RunCoroutines(coroutine_); }

void CoroutineTask::Discard(std::exception_ptr why) noexcept {
  if (why == nullptr) {
    why = CancelledErrorOf(resource(),
                           started_ ? Progress::kStarted : Progress::kNone);
  }
  if (!started_) {
    return std::exchange(waiter_, nullptr)->Refused(std::move(why));
  }
  dropped_ = std::move(why);
  RunCoroutines(coroutine_);
}

}  // namespace weft::executor_internal
