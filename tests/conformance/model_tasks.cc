// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Tasks, timers, promises and continuations of the reference model.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "weft/tests/conformance/model_run.h"

namespace weft::conformance {

ObjectRef ModelRun::Take(Queue& queue) {
  const std::size_t index = random_ ? random_->Below(queue.size()) : 0;
  ObjectRef taken = queue[index];
  queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(index));
  return taken;
}

bool ModelRun::Guard(Object& task) {
  try {
    Execute(*task.body);
    return false;
  } catch (const Thrown& thrown) {
    SayUncaught(task.name, thrown);
    task.failure = thrown;
    return true;
  }
}

void ModelRun::EnterTask(const Object& task) {
  task_ = task.name;
  end_of_task_ = std::make_shared<FrameRef>();
}

void ModelRun::LeaveTask() {
  *end_of_task_ = context_.frame();
  if (!Is(Flaw::kTaskKeepsWorkersFrame)) context_.set_frame(nullptr);
}

void ModelRun::RunTask(const ObjectRef& task) {
  if (task->coroutine != nullptr) {
    return WithMicros([&] { RunCoroutine(task); });
  }
  const auto reached = Reached(task->frame);
  if (reached || task->is_cancelled) {
    // Of a group, a task that is late has failed, and one that is cancelled has
    // not.
    if (reached == Thrown::Why::kLate)
      task->failure = Thrown{nullptr, *reached};
    task->is_done = true;
    return;
  }
  WithMicros([&] { ToItsEnd(*task, [&] { RunBody(*task); }); });
}

void ModelRun::RunBody(Object& task) {
  EnterTask(task);
  PushIds(task.id, task.trigger);
  if (Is(Flaw::kTaskCapturesAtExecution)) {
    context_.set_frame(*task.creators_end);
  } else if (task.frame != nullptr || !Is(Flaw::kTaskKeepsWorkersFrame)) {
    context_.set_frame(task.frame);
  }
  const HookList kept = active_;
  Emit("before", task.name);
  const bool threw = Guard(task);
  if (!threw || !Is(Flaw::kTaskAfterSkippedOnThrow)) {
    Emit("after", task.name, "",
         Is(Flaw::kHookListKeptUntilAfter) ? &kept : nullptr);
  }
  PopIds();
  LeaveTask();
}

void ModelRun::RunTimer(const ObjectRef& timer) {
  WithMicros([&] {
    EnterTask(*timer);
    PushIds(timer->id, timer->trigger);
    context_.set_frame(timer->frame);
    Emit("before", timer->name);
    Guard(*timer);
    if (timer->runs_left > 0) --timer->runs_left;
    Emit("after", timer->name);
    PopIds();
    LeaveTask();
    if (timer->runs_left > 0) timers_.push_back(timer);
  });
}

void ModelRun::Every(const Statement& statement) {
  ObjectRef timer;
  Shielded([&] {
    timer = Make(ObjectKind::kTimer, statement.name(), {}, true);
    timer->body = &statement.body;
    timer->runs_left = RunsOf(statement);
    EmitInit(*timer);
  });
  objects_[statement.name()] = timer;
  timers_.push_back(timer);
}

void ModelRun::Cancel(const Statement& statement) {
  const std::string& name = statement.name();
  const ObjectRef object = Lookup(name);
  if (object != nullptr && object->kind == ObjectKind::kTimer) {
    return CancelTimer(statement, *object);
  }
  if (const ObjectRef task = Find(spawned_, name)) {
    task->is_cancelled = true;
    if (Is(Flaw::kCancelledTaskLosesItsTurn)) task->is_done = true;
    return;
  }
  if (const ObjectRef coroutine = Find(coroutines_, name)) {
    return CancelToken(coroutine->coroutine->source);
  }
  if (object != nullptr && object->kind == ObjectKind::kGenerator) {
    return CancelToken(object->coroutine->source);
  }
  Need(statement, name, ObjectKind::kTimer);
}

void ModelRun::CancelTimer(const Statement& statement, Object& timer) {
  const bool prevents = std::exchange(timer.runs_left, 0) > 0;
  std::erase_if(timers_,
                [&](const ObjectRef& other) { return other.get() == &timer; });
  Say(absl::StrCat("cancel ", statement.name(), prevents ? " yes" : " no"));
}

void ModelRun::RunMicro(const ObjectRef& micro) {
  if (micro->coroutine != nullptr) return RunCoroutine(micro);
  if (micro->race != nullptr) return RunInput(micro);
  if (const auto reached = Reached(micro->frame)) {
    micro->failure = Thrown{nullptr, *reached};
    micro->is_done = true;
    return Settle(*micro);
  }
  const FrameRef outer = context_.frame();
  EnterTask(*micro);
  if (micro->kind == ObjectKind::kPromise) {
    context_.set_frame(micro->frame);
    ToItsEnd(*micro, [&] { RunContinuation(micro); });
  } else {
    context_.set_frame(micro->queued_in);
    PushIds(0, 0);
    InResource(*micro, [&] { Guard(*micro); });
    PopIds();
  }
  *end_of_task_ = context_.frame();
  context_.set_frame(outer);
  Settle(*micro);
}

void ModelRun::RunContinuation(const ObjectRef& continuation) {
  PushIds(continuation->id, continuation->trigger);
  Emit("before", continuation->name);
  Guard(*continuation);
  const bool resolves = !Is(Flaw::kContinuationDoesNotResolve);
  const bool late = Is(Flaw::kContinuationResolvesAfterAfter);
  if (resolves && !late) Emit("resolve", continuation->name);
  Emit("after", continuation->name);
  if (resolves && late) Emit("resolve", continuation->name);
  PopIds();
}

void ModelRun::RunMicroAtOnce(const ObjectRef& micro) {
  InTheMiddle([&] { RunMicro(micro); });
}

void ModelRun::RunMicros() {
  while (!micros_.back()->empty()) RunMicro(Take(*micros_.back()));
}

void ModelRun::QueueMicro(const ObjectRef& micro) {
  if (Is(Flaw::kMicrosNewestFirst)) {
    micros_.back()->push_front(micro);
  } else {
    micros_.back()->push_back(micro);
  }
}

void ModelRun::Spawn(const Statement& statement) {
  const ObjectRef task =
      Make(ObjectKind::kResource, statement.name(), {}, true);
  task->body = &statement.body;
  if (Is(Flaw::kTaskCapturesNothing)) task->frame = nullptr;
  if (Is(Flaw::kTasksNewestFirst)) {
    EmitInit(*task);
    tasks_.push_front(task);
  } else if (Is(Flaw::kTaskQueuedBeforeInit)) {
    tasks_.push_back(task);
    EmitInit(*task);
  } else {
    EmitInit(*task);
    tasks_.push_back(task);
  }
  if (Is(Flaw::kTaskCapturesAfterInit)) task->frame = context_.frame();
  spawned_[statement.name()] = task;
}

void ModelRun::Micro(const Statement& statement) {
  const ObjectRef micro =
      Make(ObjectKind::kResource, statement.name(), {}, true);
  micro->body = &statement.body;
  if (Is(Flaw::kMicroCapturesNothing)) micro->frame = nullptr;
  EmitInit(*micro);
  micro->queued_in = context_.frame();
  if (Is(Flaw::kMicroIsTask)) {
    tasks_.push_back(micro);
  } else if (Is(Flaw::kMicroAtOnce)) {
    RunMicroAtOnce(micro);
  } else {
    QueueMicro(micro);
  }
}

void ModelRun::Resolve(Object& promise) {
  // Decided at once: an act at the event cannot resolve it again.
  if (promise.resolving && !Is(Flaw::kResolveTwice)) return;
  promise.resolving = true;
  Emit("resolve", promise.name);
  promise.is_done = true;
  Settle(promise);
}

void ModelRun::Settle(Object& done) {
  for (const ObjectRef& waiting : std::exchange(done.continuations, {})) {
    if (waiting->coroutine != nullptr) {
      Disarm(*waiting);
    } else if (Is(Flaw::kThenSeesResolversFrame)) {
      waiting->frame = context_.frame();
    }
    QueueMicro(waiting);
  }
}

void ModelRun::MakePromise(const Statement& statement) {
  const ObjectRef promise = Make(ObjectKind::kPromise, statement.name());
  EmitInit(*promise);
  objects_[statement.name()] = promise;
}

ObjectRef ModelRun::Then(const Statement& statement, const ObjectRef& promise) {
  std::optional<int> trigger = promise->id;
  if (Is(Flaw::kThenTriggeredByCreator)) trigger = execution_.execution;
  const ObjectRef continuation =
      Make(ObjectKind::kPromise, statement.name(), trigger, true);
  continuation->body = &statement.body;
  continuation->input = promise;
  EmitInit(*continuation);
  if (!rules_.then_captures_before_init) continuation->frame = context_.frame();
  if (!promise->is_done) {
    promise->continuations.push_back(continuation);
  } else if (Is(Flaw::kThenOnResolvedAtOnce)) {
    RunMicroAtOnce(continuation);
  } else {
    QueueMicro(continuation);
  }
  return continuation;
}

}  // namespace weft::conformance
