// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/interpreter.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weft/executor/errors.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/simulation/simulated_executor.h"
#include "weft/executor/simulation/simulation_options.h"
#include "weft/hooks/execution.h"
#include "weft/tests/conformance/confluence.h"
#include "weft/tests/conformance/interpreter_run.h"

namespace weft::conformance {

namespace {

// Holds kMaxDepth statements, also under AddressSanitizer.
constexpr std::size_t kStackSize = 16 << 20;

// Longer than what the timers and the deadlines of a program take.
constexpr std::chrono::hours kAllTime(100);

// The first statement of those that block a thread; null: none. In a coroutine
// `await` does not.
const Statement* FindWait(const Program& program, bool in_coroutine = false) {
  for (const Statement& statement : program) {
    const Operation operation = statement.operation;
    if ((operation == Operation::kAwait && !in_coroutine) ||
        operation == Operation::kJoin) {
      return &statement;
    }
    const bool stays = operation == Operation::kTry ||
                       operation == Operation::kScope ||
                       operation == Operation::kRace;
    const Statement* const found = FindWait(
        statement.body, MakesCoroutine(operation) || (stays && in_coroutine));
    if (found != nullptr) return found;
  }
  return nullptr;
}

thread_local ThreadState this_thread;

}  // namespace

ThreadState& ThisThread() { return this_thread; }

std::string NameOfException(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const ThrownBy& thrown) {
    return thrown.thrower->operation == Operation::kThrow
               ? thrown.thrower->name()
               : "deadlock";
  } catch (const CancelledError&) {
    return "cancelled";
  } catch (const DeadlineExceededError&) {
    return "late";
  } catch (const UnseenFailureError& failure) {
    return NameOfException(failure.nested_ptr());
  } catch (const std::exception& error) {
    return error.what();
  }
}

InterpreterRun::InterpreterRun(const InterpreterOptions& options)
    : fuel_(options.fuel),
      namer_(CreateHook(NamerCallbacks())),
      stack_size_(tbb::global_control::thread_stack_size, kStackSize) {
  const ExecutorOptions executor_options = {
      .concurrency = std::max(options.workers, 1),
      .on_unhandled_exception = [this](std::exception_ptr exception) {
        SayUncaught(exception);
      }};
  if (options.schedule) {
    executor_ = std::make_unique<SimulatedExecutor>(SimulationOptions{
        .seed = *options.schedule,
        .workers = std::max(options.workers, 1),
        .on_unhandled_exception = executor_options.on_unhandled_exception});
    hour_.emplace(*executor_);
  } else if (options.workers == 0) {
    auto manual = std::make_unique<ManualExecutor>(executor_options);
    manual_ = manual.get();
    executor_ = std::move(manual);
  } else {
    executor_ = std::make_unique<Executor>(executor_options);
  }
  begun_ =
      manual_ != nullptr ? manual_->now() : std::chrono::steady_clock::now();
}

RunLog InterpreterRun::Run(const Program& program) {
  ThisThread() = {};
  FindHeld(program);
  resources_[ExecutionAsyncId()].name = kRootTask;
  namer_.Enable();
  ContextSnapshot().Run([&] { Guard([&] { Execute(program); }); });
  RunTasks();
  End();
  if (error_) throw ProgramError(*error_);
  return std::move(log_);
}

void InterpreterRun::FindHeld(const Program& program) {
  for (const Statement& statement : program) {
    if (statement.operation == Operation::kAwait ||
        statement.operation == Operation::kJoin ||
        statement.operation == Operation::kCancel) {
      held_.insert(statement.name());
    }
    FindHeld(statement.body);
  }
}

void InterpreterRun::RunTasks() {
  if (manual_ != nullptr) {
    manual_->RunAll();
    // Time passes from timer to timer, and from deadline to deadline.
    manual_->AdvanceBy(kAllTime);
  } else {
    executor_->Drain();
    while (WaitForTimers()) executor_->Drain();
  }
}

bool InterpreterRun::WaitForTimers() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (timers_ == 0) return false;
  if (hour_) {
    lock.unlock();
    hour_->future.WaitFor(std::chrono::hours(1));
    return true;
  }
  timer_ended_.wait(lock, [this] { return timers_ == 0; });
  return true;
}

void InterpreterRun::End() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_over_ = true;
  }
  // Whoever waits is told, and ends.
  for (CancellationSource& source : sources_) source.Cancel();
  RunTasks();
  coroutines_.clear();
  races_.clear();
  objects_.clear();
  all_objects_.clear();
  continuations_.clear();
  groups_.clear();
  all_groups_.clear();
  RunTasks();
  if (hour_) {  // which was there before the hook
    namer_.DisableAndWait();
    hour_.reset();
  }
  executor_.reset();
  namer_.DisableAndWait();
  ThisThread() = {};
}

void InterpreterRun::Say(const std::string& line) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!is_over_) log_.Add(ThisThread().task, line);
}

void InterpreterRun::SayUncaught(const std::exception_ptr& exception) {
  Say("uncaught " + ThisThread().task + " " + NameOfException(exception));
}

void InterpreterRun::GuardAwaited(const Statement& task) {
  try {
    Execute(task.body);
  } catch (...) {
    SayUncaught(std::current_exception());
    throw;
  }
}

void InterpreterRun::Fail(const ProgramError& error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!error_) error_ = error;
}

bool InterpreterRun::TakeFuel() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (is_over_ || error_) return false;
  if (fuel_ <= 0) log_.out_of_fuel = true;
  return fuel_-- > 0;
}

UserObjectRef InterpreterRun::Lookup(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = objects_.find(name);
  return found == objects_.end() ? nullptr : found->second;
}

UserObjectRef InterpreterRun::Get(const Statement& statement,
                                  const std::string& name, ObjectKind kind) {
  UserObjectRef object = Lookup(name);
  if (object != nullptr && object->kind == kind) return object;
  Fail(WrongKind(
      statement, name, kind,
      object == nullptr ? std::nullopt : std::optional(object->kind)));
  return nullptr;
}

UserObjectRef InterpreterRun::Need(const Statement& statement,
                                   const std::string& name, ObjectKind kind) {
  if (Lookup(name) != nullptr) return Get(statement, name, kind);
  Say("missing " + name);
  return nullptr;
}

void InterpreterRun::Define(const std::string& name, UserObjectRef object) {
  const std::lock_guard<std::mutex> lock(mutex_);
  all_objects_.push_back(object);
  objects_[name] = std::move(object);
}

void InterpreterRun::Execute(const Program& program) {
  for (const Statement& statement : program) {
    if (!TakeFuel()) return LeaveOut(statement);
    ExecuteOne(statement);
  }
}

void InterpreterRun::ExecuteOne(const Statement& statement) {
  const OthersRunScope others_run;
  if (++ThisThread().depth > kMaxDepth) return Fail(TooDeep(statement));
  Step(statement);
}

void InterpreterRun::LeaveOut(const Statement& statement) {
  if (manual_ == nullptr && statement.operation == Operation::kResolve) {
    StepPromise(statement);
  }
}

BoundBody InterpreterRun::BodyOf(const Statement& statement) {
  return {[this, &statement] { Execute(statement.body); }};
}

void InterpreterRun::Step(const Statement& statement) {
  switch (statement.operation) {
    case Operation::kAls:
    case Operation::kLog:
    case Operation::kRun:
    case Operation::kExit:
    case Operation::kScope:
    case Operation::kEnter:
    case Operation::kDisable:
      return StepStorage(statement);
    case Operation::kIds:
      return Say("ids " + NameOf(ExecutionAsyncId()) + " " +
                 NameOf(TriggerAsyncId()));
    case Operation::kMark:
      return Say("mark " + statement.name());
    case Operation::kSnap:
    case Operation::kWith:
    case Operation::kBind:
    case Operation::kCall:
      return StepSnapshot(statement);
    case Operation::kRes:
    case Operation::kIn:
      return StepResource(statement);
    case Operation::kSpawn:
      return Spawn(statement);
    case Operation::kMicro:
      NameNext(statement.name(), true);
      return executor_->Defer(BodyOf(statement));
    case Operation::kEvery:
      return StepTimer(statement);
    case Operation::kCancel:
      return StepCancel(statement);
    case Operation::kPromise:
    case Operation::kResolve:
    case Operation::kThen:
      return StepPromise(statement);
    case Operation::kAwait:
    case Operation::kJoin:
      return Wait(statement);
    case Operation::kHook:
    case Operation::kOn:
    case Operation::kOff:
    case Operation::kAct:
      return StepHook(statement);
    case Operation::kThrow:
      throw ThrownBy{&statement};
    case Operation::kGo:
      return Go(statement, nullptr);
    case Operation::kRace:
      return Race(statement, nullptr);
    case Operation::kGenerate:
      return Generate(statement);
    case Operation::kTimeout:
    case Operation::kNursery:
    case Operation::kNext:
    case Operation::kYield:
      return Fail(WrongPlace(statement));
    case Operation::kTry:
      try {
        Execute(statement.body);
      } catch (...) {
        Say("caught " + NameOfException(std::current_exception()));
      }
      return;
  }
}

void InterpreterRun::StepStorage(const Statement& statement) {
  const std::vector<std::string>& words = statement.words;
  if (statement.operation == Operation::kAls) {
    return DefineOnce(words[0], ObjectKind::kStorage, [&](UserObject& object) {
      Storage::Options options = {.name = words[0]};
      if (words.size() == 2) options.default_value = ValueOf(words[1]);
      object.storage.emplace(std::move(options));
    });
  }
  if (statement.operation == Operation::kLog) return Log(statement);

  const UserObjectRef object = Get(statement, words[0], ObjectKind::kStorage);
  if (object == nullptr) return;
  Storage& storage = *object->storage;
  const auto body = [&] { Execute(statement.body); };
  switch (statement.operation) {
    case Operation::kRun:
      return storage.Run(ValueOf(words[1]), body);
    case Operation::kExit:
      return storage.Exit(body);
    case Operation::kScope: {
      const StorageScope scope = storage.WithScope(ValueOf(words[1]));
      return body();
    }
    case Operation::kEnter:
      return storage.EnterWith(ValueOf(words[1]));
    default:
      return storage.Disable();
  }
}

void InterpreterRun::Log(const Statement& statement) {
  std::string line = "get";
  for (const std::string& name : statement.words) {
    const UserObjectRef object = Get(statement, name, ObjectKind::kStorage);
    if (object == nullptr) return;
    const std::string* const store = object->storage->GetStore();
    line += " " + name + "=";
    line += ShowValue(store == nullptr ? std::nullopt : std::optional(*store));
  }
  Say(line);
}

void InterpreterRun::StepSnapshot(const Statement& statement) {
  const std::string& name = statement.name();
  switch (statement.operation) {
    case Operation::kSnap: {
      const auto object = std::make_shared<UserObject>(ObjectKind::kSnapshot);
      object->snapshot = Storage::Snapshot();
      return Define(name, object);
    }
    case Operation::kWith: {
      const UserObjectRef object = Need(statement, name, ObjectKind::kSnapshot);
      if (object == nullptr) return;
      return object->snapshot->Run([&] { Execute(statement.body); });
    }
    case Operation::kBind: {
      const auto object = std::make_shared<UserObject>(ObjectKind::kBound);
      object->bound.emplace(Storage::Bind(BodyOf(statement)));
      return Define(name, object);
    }
    default: {
      const UserObjectRef object = Need(statement, name, ObjectKind::kBound);
      if (object != nullptr) std::as_const (*object->bound)();
      return;
    }
  }
}

void InterpreterRun::StepResource(const Statement& statement) {
  const std::string& name = statement.name();
  if (statement.operation == Operation::kIn) {
    const UserObjectRef object = Need(statement, name, ObjectKind::kResource);
    if (object == nullptr) return;
    return object->resource->RunInAsyncScope([&] { Execute(statement.body); });
  }
  AsyncResourceOptions options;
  if (statement.words.size() == 3) {
    const std::string& trigger = statement.words[2];
    const UserObjectRef named = Lookup(trigger);
    const UserObjectRef cause =
        Need(statement, trigger,
             named != nullptr && named->promise ? ObjectKind::kPromise
                                                : ObjectKind::kResource);
    if (cause == nullptr) return;
    options.trigger_async_id = cause->promise
                                   ? cause->promise->promise.async_id()
                                   : cause->resource->async_id();
  }
  const auto object = std::make_shared<UserObject>(ObjectKind::kResource);
  NameNext(name, false);
  object->resource.emplace("SCENARIO", options);
  Define(name, object);
}

RunLog Interpret(const Program& program, const InterpreterOptions& options) {
  const Statement* const wait =
      options.workers > 0 ? FindWait(program) : nullptr;
  if (wait != nullptr && !IsConfluent(program)) {
    throw ProgramError(wait->position,
                       OperationName(wait->operation) +
                           ": the program is not confluent, so with workers "
                           "this might not end; allowed: a ManualExecutor");
  }
  return InterpreterRun(options).Run(program);
}

}  // namespace weft::conformance
