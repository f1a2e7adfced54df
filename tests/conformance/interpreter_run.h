// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The library at work on one program. Each kind of form has a source file of
// its own: interpreter_events.cc, interpreter_tasks.cc,
// interpreter_coroutines.cc; interpreter.cc has the others.

#ifndef WEFT_TESTS_CONFORMANCE_INTERPRETER_RUN_H_
#define WEFT_TESTS_CONFORMANCE_INTERPRETER_RUN_H_

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
#include <vector>

#include "tbb/global_control.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/storage_scope.h"
#include "weft/executor/async_generator.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/patterns/task_scope.h"
#include "weft/executor/promise.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/executor/when_any.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/hook_callbacks.h"
#include "weft/tests/conformance/interpreter.h"
#include "weft/tests/conformance/object_kind.h"
#include "weft/tests/conformance/run_log.h"
#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {

using Storage = AsyncLocalStorage<std::string>;

// What `throw` throws, or a wait that cannot end.
struct ThrownBy {
  const Statement* thrower;
};

// The name of an exception, as it is printed.
std::string NameOfException(const std::exception_ptr& exception);

// A body that has been bound to a context.
struct BoundBody {
  void operator()() const { run(); }
  std::function<void()> run;
};

struct UserHook {
  // What to do at the next event of a kind. Guarded by the run's mutex.
  std::map<std::string, const Statement*> acts = {};
  std::optional<AsyncHook> hook = {};
};

struct UserPromise {
  explicit UserPromise(Executor& executor)
      : promise(executor), future(promise.GetFuture().Share()) {}

  Promise<void> promise;
  const SharedFuture<void> future;
  bool is_resolved = false;  // guarded by the run's mutex
};

struct UserTimer {
  explicit UserTimer(const Statement& every) : runs_left(RunsOf(every)) {}

  std::latch is_set{1};  // `timer` is there
  Timer timer = {};
  int runs_left;  // of runs, which are one after the other
};

struct UserGenerator {
  CancellationSource source = {};
  AsyncGenerator<std::string> values = {};
  bool is_asked = false;  // guarded by the run's mutex
  bool has_ended = false;
};

struct UserCoroutine {
  CancellationSource source = {};
  SharedFuture<void> future = {};  // none if a race has it
};

struct UserRace {
  SharedFuture<AnyResult<void>> future = {};
  std::vector<std::string> inputs = {};  // their names
};

// What a name stands for.
struct UserObject {
  explicit UserObject(ObjectKind object_kind) : kind(object_kind) {}

  const ObjectKind kind;
  std::optional<Storage> storage = {};
  std::optional<ContextSnapshot> snapshot = {};
  std::optional<ContextBound<BoundBody>> bound = {};
  std::optional<AsyncResource> resource = {};
  std::optional<UserPromise> promise = {};
  std::optional<UserTimer> timer = {};
  std::optional<UserGenerator> generator = {};
  std::optional<UserHook> hook = {};
};

using UserObjectRef = std::shared_ptr<UserObject>;

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

// The state of the calling thread. Not inline: a coroutine goes on on others.
ThreadState& ThisThread();

// For the life of the scope, which is that of a statement, other tasks may run
// on this thread: in a wait, and wherever a simulation changes to another one.
class OthersRunScope {
 public:
  OthersRunScope() = default;
  OthersRunScope(const OthersRunScope&) = delete;
  OthersRunScope& operator=(const OthersRunScope&) = delete;
  ~OthersRunScope() {
    ThreadState& state = ThisThread();
    state.task = task_;
    state.depth = depth_;
    state.act_depth = act_depth_;
  }

 private:
  const std::string task_ = ThisThread().task;
  const int depth_ = ThisThread().depth;
  const int act_depth_ = ThisThread().act_depth;
};

class InterpreterRun {
 public:
  explicit InterpreterRun(const InterpreterOptions& options);

  RunLog Run(const Program& program);

 private:
  friend class CoroutineLevels;

  struct ResourceRecord {
    std::string name = {};
    bool is_task = false;
    bool is_own_promise = false;  // the library's, not the program's
    int scopes_open = 0;
    bool is_destroyed = false;
  };

  // ---- The run ----

  void FindHeld(const Program& program);
  void RunTasks();
  // Waits until all timers have ended; false if they had.
  bool WaitForTimers();
  // Drops all that the program has made; what that causes is not printed.
  void End();

  void Say(const std::string& line);
  void SayUncaught(const std::exception_ptr& exception);
  // Calls `body` and prints what it throws.
  template <typename Body>
  void Guard(const Body& body) {
    try {
      body();
    } catch (...) {
      SayUncaught(std::current_exception());
    }
  }
  // Has who waits for a task be thrown what it throws, once that is printed.
  void GuardAwaited(const Statement& task);

  // Ends the program. Errors are kept, not thrown: the library would take them
  // for exceptions of the program's.
  void Fail(const ProgramError& error);
  // May one more statement be executed?
  bool TakeFuel();

  // ---- Names and events ----

  std::string FreshName(const std::string& name);
  // Names the resource that the calling thread makes next.
  void NameNext(const std::string& name, bool is_task);
  std::string NameOf(AsyncId id);
  HookCallbacks NamerCallbacks();
  void OnInit(AsyncId id, std::string_view type, AsyncId trigger);
  void OnBefore(AsyncId id);
  void OnAfter(AsyncId id);
  void OnDestroy(AsyncId id);
  void OnResolve(AsyncId id, const std::function<void()>& say);
  HookCallbacks CallbacksOf(const std::string& name, UserObject& hook);
  void Act(const std::string& name, UserObject& hook, const std::string& event);
  void StepHook(const Statement& statement);

  // ---- Objects ----

  UserObjectRef Lookup(const std::string& name);
  // The object of that kind that must be there; null after an error.
  UserObjectRef Get(const Statement& statement, const std::string& name,
                    ObjectKind kind);
  // The object that may be missing: then it says so, and returns null.
  UserObjectRef Need(const Statement& statement, const std::string& name,
                     ObjectKind kind);
  // Gives `object` a name. It lives to the end of the run, also if another
  // takes the name.
  void Define(const std::string& name, UserObjectRef object);
  // The same unless the name is taken. `fill` makes what the object holds.
  template <typename Fill>
  void DefineOnce(const std::string& name, ObjectKind kind, const Fill& fill) {
    const std::lock_guard<std::mutex> lock(mutex_);
    UserObjectRef& place = objects_[name];
    if (place != nullptr) return;
    place = std::make_shared<UserObject>(kind);
    fill(*place);
    all_objects_.push_back(place);
  }

  // Gives `value`, which is waited for, a name. What had the name is in its
  // place afterwards, to go when the lock is free: that may be an event.
  template <typename Value>
  void Name(std::map<std::string, Value>& names, const std::string& name,
            Value& value) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::swap(names[name], value);
  }

  // ---- Statements ----

  void Execute(const Program& program);
  // One statement, which is not a coroutine's.
  void ExecuteOne(const Statement& statement);
  // On another thread somebody may be waiting already.
  void LeaveOut(const Statement& statement);
  BoundBody BodyOf(const Statement& statement);
  void Step(const Statement& statement);
  void StepStorage(const Statement& statement);
  void Log(const Statement& statement);
  void StepSnapshot(const Statement& statement);
  void StepResource(const Statement& statement);

  // ---- Tasks ----

  // What is held is a group; all else is posted, and prints the same.
  void Spawn(const Statement& statement);
  TaskGroup& NewGroup();
  // The latest group of that name; null: there is none.
  TaskGroup* GroupOf(const std::string& name);
  void Wait(const Statement& statement);
  void Await(const Statement& statement);
  void Join(const Statement& statement);
  void StepTimer(const Statement& statement);
  void StepCancel(const Statement& statement);
  // True if that has ended it.
  bool Cancel(UserTimer& timer);
  void StepPromise(const Statement& statement);
  bool IsFirstResolve(UserPromise& promise);
  // The continuation of a `then`; not valid if its promise is missing.
  Future<void> Then(const Statement& statement);

  // ---- Coroutines ----

  // What an `await` names: a future, with the race that it is of, if it is of
  // one. Neither: there is none, which has been said.
  struct Awaited {
    std::optional<SharedFuture<void>> future = {};
    std::optional<UserRace> race = {};
  };
  Awaited AwaitedBy(const Statement& statement);
  void SayWinner(const UserRace& race);

  // The coroutine of a statement's body; `scope`: into which it spawns.
  template <typename Routine>
  Routine Body(const Statement& statement, TaskScope* scope);
  Future<void> Start(const Statement& statement, TaskScope* scope,
                     CancellationSource& source);
  void Go(const Statement& statement, TaskScope* scope);
  void Race(const Statement& statement, TaskScope* scope);
  void Generate(const Statement& statement);
  // The generator that a `next` may ask now; null: none, which has been said.
  UserObjectRef Ask(const Statement& statement);
  void Answered(const Statement& statement, UserObject& object,
                const std::optional<std::string>& value, bool says);
  Duration TimeOf(const Statement& timeout);

  std::mutex mutex_;  // guards what is below, down to timers_
  RunLog log_;
  int fuel_;
  bool is_over_ = false;
  std::optional<ProgramError> error_;
  std::map<std::string, UserObjectRef> objects_;
  std::vector<UserObjectRef> all_objects_;
  std::map<std::string, SharedFuture<void>> continuations_;
  std::map<std::string, UserCoroutine> coroutines_;
  std::map<std::string, UserRace> races_;
  std::vector<CancellationSource> sources_;
  int deadlines_ = 0;
  std::map<std::string, TaskGroup*> groups_;
  std::deque<TaskGroup> all_groups_;
  std::map<std::string, int> uses_;  // of a resource's name
  std::map<AsyncId, ResourceRecord> resources_;
  int timers_ = 0;  // that have not ended
  std::condition_variable timer_ended_;

  std::set<std::string> held_;  // the names that are waited for or cancelled
  AsyncHook namer_;
  const tbb::global_control stack_size_;
  std::unique_ptr<Executor> executor_;
  ManualExecutor* manual_ = nullptr;  // executor_, if it is one
  std::chrono::steady_clock::time_point begun_;
  // Nobody settles it: a wait for it lets the time of a simulation pass.
  std::optional<UserPromise> hour_;
};

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_INTERPRETER_RUN_H_
