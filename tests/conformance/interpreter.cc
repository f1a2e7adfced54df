// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/interpreter.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tbb/global_control.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/storage_scope.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/simulation/simulated_executor.h"
#include "weft/executor/simulation/simulation_options.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_callbacks.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/conformance/confluence.h"
#include "weft/tests/conformance/object_kind.h"

namespace weft::conformance {

namespace {

using Storage = AsyncLocalStorage<std::string>;

// Holds kMaxDepth statements, also under AddressSanitizer.
constexpr std::size_t kStackSize = 16 << 20;

// What `throw` throws.
struct Thrown {
  const Statement* thrower;
};

// A body that has been bound to a context.
struct BoundBody {
  void operator()() const { run(); }
  std::function<void()> run;
};

struct UserHook {
  // What to do at the next event of a kind. Guarded by the interpreter's mutex.
  std::map<std::string, const Statement*> acts = {};
  std::optional<AsyncHook> hook = {};
};

struct UserPromise {
  explicit UserPromise(Executor& executor)
      : promise(executor), future(promise.GetFuture().Share()) {}

  Promise<void> promise;
  const SharedFuture<void> future;
  bool is_resolved = false;  // guarded by the interpreter's mutex
};

struct UserTimer {
  explicit UserTimer(const Statement& every) : runs_left(RunsOf(every)) {}

  std::latch is_set{1};  // `timer` is there
  Timer timer = {};
  int runs_left;  // of runs, which are one after the other
};

// What a name stands for.
struct Object {
  explicit Object(ObjectKind object_kind) : kind(object_kind) {}

  const ObjectKind kind;
  std::optional<Storage> storage = {};
  std::optional<ContextSnapshot> snapshot = {};
  std::optional<ContextBound<BoundBody>> bound = {};
  std::optional<AsyncResource> resource = {};
  std::optional<UserPromise> promise = {};
  std::optional<UserTimer> timer = {};
  std::optional<UserHook> hook = {};
};

using ObjectRef = std::shared_ptr<Object>;

// A name for the resource that the thread is about to make.
struct NewName {
  std::string name;
  bool is_task;
};

struct ThreadState {
  std::string task{kRootTask};  // whose lines the thread prints
  std::optional<NewName> new_name = {};
  int depth = 0;      // of statements
  int act_depth = 0;  // of the bodies of acts
};

thread_local ThreadState this_thread;

// Counts one more for the life of the scope.
class CountScope {
 public:
  explicit CountScope(int& count) : count_(++count) {}
  CountScope(const CountScope&) = delete;
  CountScope& operator=(const CountScope&) = delete;
  ~CountScope() { --count_; }

 private:
  int& count_;
};

// For the life of the scope, which is that of a statement, other tasks may run
// on this thread: in a wait, and wherever a simulation changes to another one.
class OthersRunScope {
 public:
  OthersRunScope() = default;
  OthersRunScope(const OthersRunScope&) = delete;
  OthersRunScope& operator=(const OthersRunScope&) = delete;
  ~OthersRunScope() {
    this_thread.task = task_;
    this_thread.depth = depth_;
    this_thread.act_depth = act_depth_;
  }

 private:
  const std::string task_ = this_thread.task;
  const int depth_ = this_thread.depth;
  const int act_depth_ = this_thread.act_depth;
};

// The first statement of those that waits; null: none.
const Statement* FindWait(const Program& program) {
  for (const Statement& statement : program) {
    if (statement.operation == Operation::kAwait ||
        statement.operation == Operation::kJoin) {
      return &statement;
    }
    if (const Statement* const found = FindWait(statement.body)) return found;
  }
  return nullptr;
}

class Interpreter {
 public:
  explicit Interpreter(const InterpreterOptions& options)
      : fuel_(options.fuel), namer_(CreateHook(NamerCallbacks())) {
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
  }

  RunLog Run(const Program& program) {
    this_thread = {};
    FindHeld(program);
    resources_[ExecutionAsyncId()].name = kRootTask;
    namer_.Enable();
    ContextSnapshot().Run([&] { Guard([&] { Execute(program); }); });
    RunTasks();
    End();
    if (error_) throw ProgramError(*error_);
    return std::move(log_);
  }

 private:
  struct ResourceRecord {
    std::string name = {};
    bool is_task = false;
    int scopes_open = 0;
    bool is_destroyed = false;
  };

  // ---- The run ----

  void FindHeld(const Program& program) {
    for (const Statement& statement : program) {
      if (statement.operation == Operation::kAwait ||
          statement.operation == Operation::kJoin ||
          statement.operation == Operation::kCancel) {
        held_.insert(statement.name());
      }
      FindHeld(statement.body);
    }
  }

  void RunTasks() {
    if (manual_ != nullptr) {
      manual_->RunAll();
      // Time passes from timer to timer.
      manual_->AdvanceBy(std::chrono::hours(1));
    } else {
      executor_->Drain();
      while (WaitForTimers()) executor_->Drain();
    }
  }

  // Waits until all timers have ended; false if they had.
  bool WaitForTimers() {
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

  // Drops all that the program has made; what that causes is not printed.
  void End() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_over_ = true;
    }
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
    this_thread = {};
  }

  void Say(const std::string& line) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!is_over_) log_.Add(this_thread.task, line);
  }

  void SayUncaught(std::exception_ptr exception) {
    try {
      std::rethrow_exception(std::move(exception));
    } catch (const UnseenFailureError& failure) {
      SayUncaught(failure.nested_ptr());
    } catch (const Thrown& thrown) {
      Say("uncaught " + this_thread.task + " " + ExceptionOf(*thrown.thrower));
    }
  }

  // Calls `body` and prints what it throws.
  template <typename Body>
  void Guard(const Body& body) {
    try {
      body();
    } catch (const Thrown&) {
      SayUncaught(std::current_exception());
    }
  }

  // Has who waits for a task be thrown what it throws, once that is printed.
  void GuardAwaited(const Statement& task) {
    try {
      Execute(task.body);
    } catch (const Thrown&) {
      SayUncaught(std::current_exception());
      throw;
    }
  }

  // Ends the program. Errors are kept, not thrown: the library would take them
  // for exceptions of the program's.
  void Fail(const ProgramError& error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!error_) error_ = error;
  }

  // May one more statement be executed?
  bool TakeFuel() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_over_ || error_) return false;
    if (fuel_ <= 0) log_.out_of_fuel = true;
    return fuel_-- > 0;
  }

  // ---- Names and events ----

  std::string FreshName(const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const int use = ++uses_[name];
    return use == 1 ? name : name + "#" + std::to_string(use);
  }

  // Names the resource that the calling thread makes next.
  void NameNext(const std::string& name, bool is_task) {
    this_thread.new_name = NewName{FreshName(name), is_task};
  }

  std::string NameOf(AsyncId id) {
    if (id == kNoAsyncId) return "none";
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = resources_.find(id);
    return found == resources_.end() ? "?" : found->second.name;
  }

  HookCallbacks NamerCallbacks() {
    return {
        .init =
            [this](const InitEvent& event) {
              OnInit(event.async_id(), event.type(), event.trigger_async_id());
            },
        .before =
            [this](const BeforeEvent& event) { OnBefore(event.async_id()); },
        .after = [this](const AfterEvent& event) { OnAfter(event.async_id()); },
        .destroy =
            [this](const DestroyEvent& event) { OnDestroy(event.async_id()); },
        .promise_resolve =
            [this](const PromiseResolveEvent& event) {
              Say("resolve " + NameOf(event.async_id()));
            }};
  }

  void OnInit(AsyncId id, std::string_view type, AsyncId trigger) {
    const NewName made = std::exchange(this_thread.new_name, std::nullopt)
                             .value_or(NewName{"?" + std::string(type), false});
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      resources_[id] = {.name = made.name, .is_task = made.is_task};
      ++log_.made;
    }
    Say("init " + made.name + " <- " + NameOf(trigger));
  }

  void OnBefore(AsyncId id) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ResourceRecord& resource = resources_[id];
      ++resource.scopes_open;
      if (resource.is_task) this_thread.task = resource.name;
    }
    Say("before " + NameOf(id));
  }

  void OnAfter(AsyncId id) {
    Say("after " + NameOf(id));
    const std::lock_guard<std::mutex> lock(mutex_);
    --resources_[id].scopes_open;
  }

  void OnDestroy(AsyncId id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ResourceRecord& resource = resources_[id];
    if (resource.scopes_open > 0) {
      log_.destroy_problems.push_back(resource.name + ": before its after");
    }
    if (std::exchange(resource.is_destroyed, true)) {
      log_.destroy_problems.push_back(resource.name + ": twice");
    }
    ++log_.destroyed;
  }

  HookCallbacks CallbacksOf(const std::string& name, Object& hook) {
    const auto callback = [this, name, &hook](const std::string& event) {
      return [this, name, event, &hook](const ResourceEvent& told) {
        Say(name + ":" + event + " " + NameOf(told.async_id()));
        Act(name, hook, event);
      };
    };
    return {.init = callback("init"),
            .before = callback("before"),
            .after = callback("after"),
            .promise_resolve = callback("resolve")};
  }

  void Act(const std::string& name, Object& hook, const std::string& event) {
    const Statement* act = nullptr;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      act = std::exchange(hook.hook->acts[event], nullptr);
    }
    if (act == nullptr) return;
    const CountScope deeper(this_thread.act_depth);
    if (this_thread.act_depth > kMaxActDepth) return Fail(ActsTooDeep(*act));
    try {
      Execute(act->body);
    } catch (const Thrown& thrown) {
      Fail(ThrownByHook(*thrown.thrower, name));
    }
  }

  // ---- Objects ----

  ObjectRef Lookup(const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = objects_.find(name);
    return found == objects_.end() ? nullptr : found->second;
  }

  // The object of that kind that must be there; null after an error.
  ObjectRef Get(const Statement& statement, const std::string& name,
                ObjectKind kind) {
    ObjectRef object = Lookup(name);
    if (object != nullptr && object->kind == kind) return object;
    Fail(WrongKind(
        statement, name, kind,
        object == nullptr ? std::nullopt : std::optional(object->kind)));
    return nullptr;
  }

  // The object that may be missing: then it says so, and returns null.
  ObjectRef Need(const Statement& statement, const std::string& name,
                 ObjectKind kind) {
    if (Lookup(name) != nullptr) return Get(statement, name, kind);
    Say("missing " + name);
    return nullptr;
  }

  // Gives `object` a name. It lives to the end of the run, also if another
  // takes the name.
  void Define(const std::string& name, ObjectRef object) {
    const std::lock_guard<std::mutex> lock(mutex_);
    all_objects_.push_back(object);
    objects_[name] = std::move(object);
  }

  // The same unless the name is taken. `fill` makes what the object holds.
  template <typename Fill>
  void DefineOnce(const std::string& name, ObjectKind kind, const Fill& fill) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ObjectRef& place = objects_[name];
    if (place != nullptr) return;
    place = std::make_shared<Object>(kind);
    fill(*place);
    all_objects_.push_back(place);
  }

  // ---- Statements ----

  void Execute(const Program& program) {
    for (const Statement& statement : program) {
      if (!TakeFuel()) return LeaveOut(statement);
      const OthersRunScope others_run;
      if (++this_thread.depth > kMaxDepth) return Fail(TooDeep(statement));
      Step(statement);
    }
  }

  // On another thread somebody may be waiting already.
  void LeaveOut(const Statement& statement) {
    if (manual_ == nullptr && statement.operation == Operation::kResolve) {
      StepPromise(statement);
    }
  }

  BoundBody BodyOf(const Statement& statement) {
    return {[this, &statement] { Execute(statement.body); }};
  }

  void Step(const Statement& statement) {
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
      case Operation::kCancel:
        return StepTimer(statement);
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
        throw Thrown{&statement};
      case Operation::kTry:
        try {
          Execute(statement.body);
        } catch (const Thrown& thrown) {
          Say("caught " + ExceptionOf(*thrown.thrower));
        }
        return;
    }
  }

  void StepStorage(const Statement& statement) {
    const std::vector<std::string>& words = statement.words;
    if (statement.operation == Operation::kAls) {
      return DefineOnce(words[0], ObjectKind::kStorage, [&](Object& object) {
        Storage::Options options = {.name = words[0]};
        if (words.size() == 2) options.default_value = ValueOf(words[1]);
        object.storage.emplace(std::move(options));
      });
    }
    if (statement.operation == Operation::kLog) return Log(statement);

    const ObjectRef object = Get(statement, words[0], ObjectKind::kStorage);
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

  void Log(const Statement& statement) {
    std::string line = "get";
    for (const std::string& name : statement.words) {
      const ObjectRef object = Get(statement, name, ObjectKind::kStorage);
      if (object == nullptr) return;
      const std::string* const store = object->storage->GetStore();
      line += " " + name + "=";
      line +=
          ShowValue(store == nullptr ? std::nullopt : std::optional(*store));
    }
    Say(line);
  }

  void StepSnapshot(const Statement& statement) {
    const std::string& name = statement.name();
    switch (statement.operation) {
      case Operation::kSnap: {
        const auto object = std::make_shared<Object>(ObjectKind::kSnapshot);
        object->snapshot = Storage::Snapshot();
        return Define(name, object);
      }
      case Operation::kWith: {
        const ObjectRef object = Need(statement, name, ObjectKind::kSnapshot);
        if (object == nullptr) return;
        return object->snapshot->Run([&] { Execute(statement.body); });
      }
      case Operation::kBind: {
        const auto object = std::make_shared<Object>(ObjectKind::kBound);
        object->bound.emplace(Storage::Bind(BodyOf(statement)));
        return Define(name, object);
      }
      default: {
        const ObjectRef object = Need(statement, name, ObjectKind::kBound);
        if (object != nullptr) std::as_const (*object->bound)();
        return;
      }
    }
  }

  void StepResource(const Statement& statement) {
    const std::string& name = statement.name();
    if (statement.operation == Operation::kIn) {
      const ObjectRef object = Need(statement, name, ObjectKind::kResource);
      if (object == nullptr) return;
      return object->resource->RunInAsyncScope(
          [&] { Execute(statement.body); });
    }
    AsyncResourceOptions options;
    if (statement.words.size() == 3) {
      const std::string& trigger = statement.words[2];
      const ObjectRef named = Lookup(trigger);
      const ObjectRef cause =
          Need(statement, trigger,
               named != nullptr && named->promise ? ObjectKind::kPromise
                                                  : ObjectKind::kResource);
      if (cause == nullptr) return;
      options.trigger_async_id = cause->promise
                                     ? cause->promise->promise.async_id()
                                     : cause->resource->async_id();
    }
    const auto object = std::make_shared<Object>(ObjectKind::kResource);
    NameNext(name, false);
    object->resource.emplace("SCENARIO", options);
    Define(name, object);
  }

  // What is held is a group; all else is posted, and prints the same.
  void Spawn(const Statement& statement) {
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

  TaskGroup& NewGroup() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return all_groups_.emplace_back(*executor_);
  }

  // The latest group of that name; null: there is none.
  TaskGroup* GroupOf(const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = groups_.find(name);
    return found == groups_.end() ? nullptr : found->second;
  }

  void Wait(const Statement& statement) try {
    statement.operation == Operation::kAwait ? Await(statement)
                                             : Join(statement);
  } catch (const DeadlockError&) {
    throw Thrown{&statement};
  }

  void Await(const Statement& statement) {
    if (const auto future = FutureOf(statement)) future->Get();
  }

  // Empty: there is none.
  std::optional<SharedFuture<void>> FutureOf(const Statement& statement) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const auto found = continuations_.find(statement.name());
      if (found != continuations_.end()) return found->second;
    }
    const ObjectRef object =
        Need(statement, statement.name(), ObjectKind::kPromise);
    if (object == nullptr) return {};
    return object->promise->future;
  }

  void Join(const Statement& statement) {
    TaskGroup* const group = GroupOf(statement.name());
    if (group == nullptr) return Say("missing " + statement.name());
    group->Wait();
  }

  void StepTimer(const Statement& statement) {
    const std::string& name = statement.name();
    if (statement.operation == Operation::kCancel) {
      const ObjectRef named = Lookup(name);
      TaskGroup* const group = GroupOf(name);
      if (group != nullptr && (named == nullptr || !named->timer)) {
        return group->Cancel();
      }
      const ObjectRef object = Need(statement, name, ObjectKind::kTimer);
      if (object == nullptr) return;
      return Say("cancel " + name + (Cancel(*object->timer) ? " yes" : " no"));
    }
    const auto object = std::make_shared<Object>(ObjectKind::kTimer);
    UserTimer& timer = object->timer.emplace(statement);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++timers_;
    }
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

  // True if that has ended it.
  bool Cancel(UserTimer& timer) {
    if (!timer.timer.Cancel()) return false;
    const std::lock_guard<std::mutex> lock(mutex_);
    --timers_;
    timer_ended_.notify_all();
    return true;
  }

  void StepPromise(const Statement& statement) {
    const std::string& name = statement.name();
    if (statement.operation == Operation::kPromise) {
      const auto object = std::make_shared<Object>(ObjectKind::kPromise);
      NameNext(name, false);
      object->promise.emplace(*executor_);
      return Define(name, object);
    }
    const bool is_then = statement.operation == Operation::kThen;
    const ObjectRef object = Need(
        statement, is_then ? statement.words[1] : name, ObjectKind::kPromise);
    if (object == nullptr) return;
    if (is_then) {
      NameNext(name, true);
      const SharedFuture<void> future =
          object->promise->future
              .Then([this, &statement] { GuardAwaited(statement); })
              .Share();
      if (!held_.contains(name)) return;
      const std::lock_guard<std::mutex> lock(mutex_);
      continuations_.insert_or_assign(name, future);
    } else if (IsFirstResolve(*object->promise)) {
      object->promise->promise.SetValue();
    }
  }

  bool IsFirstResolve(UserPromise& promise) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return !std::exchange(promise.is_resolved, true);
  }

  void StepHook(const Statement& statement) {
    const std::string& name = statement.name();
    if (statement.operation == Operation::kHook) {
      return DefineOnce(name, ObjectKind::kHook, [&](Object& object) {
        object.hook.emplace();
        object.hook->hook.emplace(CreateHook(CallbacksOf(name, object)));
      });
    }
    const ObjectRef object = Get(statement, name, ObjectKind::kHook);
    if (object == nullptr) return;
    switch (statement.operation) {
      case Operation::kOn:
        object->hook->hook->Enable();
        return;
      case Operation::kOff:
        object->hook->hook->Disable();
        return;
      default: {
        const std::lock_guard<std::mutex> lock(mutex_);
        object->hook->acts[statement.words[1]] = &statement;
        return;
      }
    }
  }

  std::mutex mutex_;  // guards what is below, down to timers_
  RunLog log_;
  int fuel_;
  bool is_over_ = false;
  std::optional<ProgramError> error_;
  std::map<std::string, ObjectRef> objects_;
  std::vector<ObjectRef> all_objects_;
  std::map<std::string, SharedFuture<void>> continuations_;
  std::map<std::string, TaskGroup*> groups_;
  std::deque<TaskGroup> all_groups_;
  std::map<std::string, int> uses_;  // of a resource's name
  std::map<AsyncId, ResourceRecord> resources_;
  int timers_ = 0;  // that have not ended
  std::condition_variable timer_ended_;

  std::set<std::string> held_;  // the names that are waited for or cancelled
  AsyncHook namer_;
  const tbb::global_control stack_size_{tbb::global_control::thread_stack_size,
                                        kStackSize};
  std::unique_ptr<Executor> executor_;
  ManualExecutor* manual_ = nullptr;  // executor_, if it is one
  // Nobody settles it: a wait for it lets the time of a simulation pass.
  std::optional<UserPromise> hour_;
};

}  // namespace

RunLog Interpret(const Program& program, const InterpreterOptions& options) {
  const Statement* const wait =
      options.workers > 0 ? FindWait(program) : nullptr;
  if (wait != nullptr && !IsConfluent(program)) {
    throw ProgramError(wait->position,
                       OperationName(wait->operation) +
                           ": the program is not confluent, so with workers "
                           "this might not end; allowed: a ManualExecutor");
  }
  return Interpreter(options).Run(program);
}

}  // namespace weft::conformance
