// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Tasks, timers, promises, and the waits for them.

#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "weft/context/shield_scope.h"
#include "weft/executor/errors.h"
#include "weft/tests/conformance/interpreter_run.h"

namespace weft::conformance {

void InterpreterRun::Spawn(const Statement& statement) {
  const std::string& name = statement.name();
  if (!held_.contains(name)) {
    NameNext(name, true);
    return executor_->Post(BodyOf(statement));
  }
  TaskGroup& group = NewGroup();
  NameNext(name, true);
  group.Run([this, &statement] { GuardAwaited(statement); });
  const std::lock_guard<std::mutex> lock(mutex_);
  groups_[name] = &group;
}

TaskGroup& InterpreterRun::NewGroup() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return all_groups_.emplace_back(*executor_);
}

TaskGroup* InterpreterRun::GroupOf(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : found->second;
}

void InterpreterRun::Wait(const Statement& statement) try {
  statement.operation == Operation::kAwait ? Await(statement) : Join(statement);
} catch (const DeadlockError&) {
  throw ThrownBy{&statement};
}

void InterpreterRun::Await(const Statement& statement) {
  const Awaited awaited = AwaitedBy(statement);
  if (awaited.future) awaited.future->Get();
  if (!awaited.race) return;
  {
    const OthersRunScope others;  // ends before this task says anything
    static_cast<void>(awaited.race->future.Get());
  }
  SayWinner(*awaited.race);
}

InterpreterRun::Awaited InterpreterRun::AwaitedBy(const Statement& statement) {
  const std::string& name = statement.name();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto continuation = continuations_.find(name);
    if (continuation != continuations_.end()) {
      return {.future = continuation->second};
    }
    const auto coroutine = coroutines_.find(name);
    if (coroutine != coroutines_.end() && coroutine->second.future.valid()) {
      return {.future = coroutine->second.future};
    }
    const auto race = races_.find(name);
    if (race != races_.end()) return {.race = race->second};
  }
  const UserObjectRef object = Need(statement, name, ObjectKind::kPromise);
  if (object == nullptr) return {};
  return {.future = object->promise->future};
}

void InterpreterRun::Join(const Statement& statement) {
  TaskGroup* const group = GroupOf(statement.name());
  if (group == nullptr) return Say("missing " + statement.name());
  group->Wait();
}

void InterpreterRun::StepCancel(const Statement& statement) {
  const std::string& name = statement.name();
  const UserObjectRef named = Lookup(name);
  if (named != nullptr && named->timer) {
    return Say("cancel " + name + (Cancel(*named->timer) ? " yes" : " no"));
  }
  if (TaskGroup* const group = GroupOf(name)) return group->Cancel();
  std::optional<CancellationSource> source;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto coroutine = coroutines_.find(name);
    if (coroutine != coroutines_.end()) source = coroutine->second.source;
  }
  if (!source && named != nullptr && named->generator) {
    source = named->generator->source;
  }
  if (source) {
    source->Cancel();
  } else {
    Need(statement, name, ObjectKind::kTimer);
  }
}

void InterpreterRun::StepTimer(const Statement& statement) {
  const std::string& name = statement.name();
  const auto object = std::make_shared<UserObject>(ObjectKind::kTimer);
  UserTimer& timer = object->timer.emplace(statement);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++timers_;
  }
  const ShieldScope shield;  // it is to end by itself
  NameNext(name, true);
  timer.timer = executor_->PostEvery(std::chrono::milliseconds(1),
                                     [this, &statement, &timer] {
                                       timer.is_set.wait();
                                       Guard(BodyOf(statement));
                                       if (--timer.runs_left == 0)
                                         Cancel(timer);
                                     },
                                     {.keep_context = true});
  Define(name, object);
  timer.is_set.count_down();
}

bool InterpreterRun::Cancel(UserTimer& timer) {
  if (!timer.timer.Cancel()) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  --timers_;
  timer_ended_.notify_all();
  return true;
}

void InterpreterRun::StepPromise(const Statement& statement) {
  const std::string& name = statement.name();
  if (statement.operation == Operation::kPromise) {
    const auto object = std::make_shared<UserObject>(ObjectKind::kPromise);
    NameNext(name, false);
    object->promise.emplace(*executor_);
    return Define(name, object);
  }
  if (statement.operation == Operation::kThen) {
    Future<void> future = Then(statement);
    if (!future.valid() || !held_.contains(name)) return;
    SharedFuture<void> shared = std::move(future).Share();
    return Name(continuations_, name, shared);
  }
  const UserObjectRef object = Need(statement, name, ObjectKind::kPromise);
  if (object != nullptr && IsFirstResolve(*object->promise)) {
    object->promise->promise.SetValue();
  }
}

Future<void> InterpreterRun::Then(const Statement& statement) {
  const UserObjectRef object =
      Need(statement, statement.words[1], ObjectKind::kPromise);
  if (object == nullptr) return {};
  NameNext(statement.name(), true);
  return object->promise->future.Then(
      [this, &statement] { GuardAwaited(statement); });
}

bool InterpreterRun::IsFirstResolve(UserPromise& promise) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !std::exchange(promise.is_resolved, true);
}

}  // namespace weft::conformance
