// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Weft itself, compiled for the simulated machine: its own sources, all that
// the workloads run, in one translation unit. It is compiled with
// -fsanitize=thread, which makes the compiler tell the machine of each access,
// and not otherwise as for ThreadSanitizer; see machine.h. What is not listed
// here comes from the libraries, uncharged.
//
// Only executor/internal/workers/thread_budget.cc is left out, for
// NoTbbThreads: the machine knows no threads of oneTBB, so all workers have
// threads of the engine's own.

extern "C" void WeftScalePause();
#define __builtin_ia32_pause WeftScalePause  // NOLINT

#include "absl/base/config.h"
#undef ABSL_HAVE_THREAD_SANITIZER

#include "base/check.cc"
#include "base/describe_exception.cc"
#include "base/steady_now.cc"
#include "base/sync/asymmetric_fence.cc"
#include "base/sync/lock_pool.cc"
#include "base/sync/parker.cc"
#include "base/sync/waiter.cc"
#include "base/threads/at_fork.cc"
#include "base/threads/fork_generation.cc"
#include "base/threads/owned_threads.cc"
#include "base/threads/stack_limit.cc"
#include "base/threads/thread_name.cc"
#include "context/cancellation.cc"
#include "context/internal/binding.cc"
#include "context/internal/bound_store.cc"
#include "context/internal/cancellation_link.cc"
#include "context/internal/flow.cc"
#include "context/internal/frame.cc"
#include "context/internal/frame_cache.cc"
#include "context/internal/frame_memory.cc"
#include "context/internal/frame_node.cc"
#include "context/internal/inherit.cc"
#include "context/internal/limits.cc"
#include "context/internal/snapshot_watch.cc"
#include "context/internal/storage_slot.cc"
#include "executor/collect.cc"
#include "executor/executor.cc"
#include "executor/executor_options.cc"
#include "executor/internal/engine/blocked_wait.cc"
#include "executor/internal/engine/engine.cc"
#include "executor/internal/engine/left_behind.cc"
#include "executor/internal/engine/limit_check.cc"
#include "executor/internal/engine/shutdown.cc"
#include "executor/internal/engine/submission.cc"
#include "executor/internal/engine/submission_errors.cc"
#include "executor/internal/engine/wait.cc"
#include "executor/internal/future/continuations.cc"
#include "executor/internal/future/future_state.cc"
#include "executor/internal/join/fork_join.cc"
#include "executor/internal/join/forked_job.cc"
#include "executor/internal/join/loop.cc"
#include "executor/internal/memory/block_depot.cc"
#include "executor/internal/memory/task_memory.cc"
#include "executor/internal/task/completion.cc"
#include "executor/internal/task/limit_error.cc"
#include "executor/internal/task/queued_task.cc"
#include "executor/internal/task/task_scope.cc"
#include "executor/internal/task/thread_state.cc"
#include "executor/internal/timer/timer_queue.cc"
#include "executor/internal/timer/timer_task.cc"
#include "executor/internal/timer/timer_thread.cc"
#include "executor/internal/workers/arena_engine.cc"
#include "executor/internal/workers/sleep_gate.cc"
#include "executor/internal/workers/worker.cc"
#include "executor/internal/workers/worker_set.cc"
#include "executor/task_group.cc"
#include "hooks/async_hook.cc"
#include "hooks/async_resource.cc"
#include "hooks/hook_event.cc"
#include "hooks/internal/causes.cc"
#include "hooks/internal/emit.cc"
#include "hooks/internal/execution_state.cc"
#include "hooks/internal/hook_list.cc"
#include "hooks/internal/hook_registry.cc"
#include "hooks/internal/new_async_id.cc"
#include "hooks/internal/nobody_scope.cc"
#include "hooks/internal/resource_core.cc"
#include "hooks/internal/sink.cc"
#include "hooks/internal/wanted_events.cc"
#include "hooks/messages.cc"
#include "hooks/providers.cc"
#include "hooks/resource.cc"
#include "hooks/resource_state.cc"
#include "pipelines/errors.cc"
#include "pipelines/internal/chain.cc"
#include "pipelines/internal/item_flow.cc"
#include "pipelines/internal/pipeline_run.cc"
#include "pipelines/internal/source_gate.cc"
#include "weft/benchmarks/scale/engine.h"
#include "weft/benchmarks/scale/machine/machine.h"

namespace weft::executor_internal {

ThreadShare::ThreadShare(int) : granted_(0) {}
ThreadShare::~ThreadShare() = default;
int ThreadShare::available() const { return 0; }

}  // namespace weft::executor_internal

namespace weft::scale {
namespace {

template <typename Field>
void Name(const Field& field, const std::string& name) {
  NameMemory(&field, sizeof field, name);
}

template <typename Deque>
void NameDeque(const Deque& deque, const std::string& name) {
  Name(deque.bottom_, name + ".bottom_");
  Name(deque.watch_, name + ".watch_");
  Name(deque.limit_, name + ".limit_");
  Name(deque.mask_, name + ".mask_");
  Name(deque.slots_, name + ".slots_");
  Name(deque.top_, name + ".top_");
  Name(deque.lock_, name + ".lock_");
  MarkTheft(&deque.top_);
  NameMemory(deque.slots_.get(), (deque.mask_ + 1) * sizeof(void*),
             name + ".slots_[]");
}

template <typename Inbox>
void NameInbox(const Inbox& inbox, const std::string& name) {
  Name(inbox.tail_, name + ".tail_");
  Name(inbox.head_, name + ".head_");
  Name(inbox.lock_, name + ".lock_");
  Name(inbox.stub_, name + ".stub_");
}

}  // namespace

void NameFields(const Executor& executor) {
  using executor_internal::ArenaEngine;
  using executor_internal::Worker;
  auto& engine = static_cast<ArenaEngine&>(
      executor_internal::EngineOf::Get(const_cast<Executor&>(executor)));
  auto& set = engine.workers_;
  NameInbox(set.inbox, "WorkerSet::inbox");
  Name(set.set_aside.count_, "WorkerSet::set_aside.count_");
  Name(set.set_aside.shelves_, "WorkerSet::set_aside.shelves_");
  Name(set.gate.state_, "SleepGate::state_");
  Name(set.gate.mutex_, "SleepGate::mutex_");
  Name(set.gate.parked_, "SleepGate::parked_");
  Name(set.gate.threads_, "SleepGate::threads_");
  Name(set.gate.used_, "SleepGate::used_");
  Name(set.gate.blocked_, "SleepGate::blocked_");
  Name(engine.accepted_, "Engine::accepted_");
  NameMemory(set.places_.data(), set.places_.size() * sizeof(set.places_[0]),
             "WorkerSet::places_[]");
  for (int i = 0; i < set.used(); ++i) {
    const Worker* const worker = Worker::Of(set, i);
    if (worker == nullptr) continue;
    Name(worker->serves_, "Worker::serves_");
    Name(worker->batch_of_, "Worker::batch_of_");
    Name(worker->admissions_, "Worker::admissions_");
    Name(worker->random_, "Worker::random_");
    Name(worker->frames_, "Worker::frames_");
    NameDeque(worker->forked_, "Worker::forked_");
    NameDeque(worker->taken_, "Worker::taken_");
    NameInbox(worker->inbox_, "Worker::inbox_");
  }
}

void NameFields(const TaskGroup& group) {
  Name(group.state_, "TaskGroup::state_");
}

}  // namespace weft::scale
