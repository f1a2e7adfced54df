// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/reference_model.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "weft/tests/conformance/model_context.h"
#include "weft/tests/conformance/model_object.h"
#include "weft/tests/conformance/object_kind.h"
#include "weft/tests/conformance/random.h"

namespace weft::conformance {

namespace {

// What `throw` throws.
struct Thrown {
  const Statement* thrower;
};

class Model {
 public:
  explicit Model(const ModelOptions& options)
      : rules_(options.rules), fuel_(options.fuel), context_(rules_) {
    if (options.schedule_seed) random_.emplace(*options.schedule_seed);
  }

  RunLog Run(const Program& program) {
    try {
      Execute(program);
    } catch (const Thrown& thrown) {
      SayUncaught(std::string(kRootTask), thrown);
    }
    LeaveTask();
    execution_ = {0, 0};
    if (Is(Flaw::kMicrosOfMainEachWithItsOwn)) {
      for (const ObjectRef& micro : std::exchange(micros_of_main_, {})) {
        RunMicro(*micro);
        RunMicros();
      }
    }
    RunMicros();
    // Time passes while there are no tasks; each timer waits for as long.
    while (!tasks_.empty() || !timers_.empty()) {
      tasks_.empty() ? RunTimer(Take(timers_)) : RunTask(*Take(tasks_));
    }
    log_.out_of_fuel = fuel_ < 0;
    return std::move(log_);
  }

 private:
  struct Ids {
    int execution;
    int trigger;
  };

  bool Is(Flaw flaw) const { return rules_.flaw == flaw; }

  void Say(const std::string& line) { log_.Add(task_, line); }
  void SayUncaught(const std::string& task, const Thrown& thrown) {
    Say(absl::StrCat("uncaught ", task, " ", ExceptionOf(*thrown.thrower)));
  }

  // ---- Ids and hooks ----

  std::string NameOf(int id) const { return names_[std::size_t(id)]; }

  void PushIds(int execution, int trigger) {
    ids_stack_.push_back(execution_);
    execution_ = {execution, trigger};
  }
  void PopIds() {
    execution_ = ids_stack_.back();
    ids_stack_.pop_back();
  }

  using HookList = std::vector<ObjectRef>;

  // The list that a change should change.
  HookList& ListToChange() {
    if (hook_depth_ == 0 || Is(Flaw::kHookListLive)) return active_;
    if (!staged_) staged_ = active_;
    return *staged_;
  }

  void SwitchOn(const ObjectRef& hook) {
    HookList& list = ListToChange();
    const auto place = std::find(list.begin(), list.end(), hook);
    if (place != list.end() && !Is(Flaw::kHookEnabledTwice)) return;
    if (Is(Flaw::kHooksNewestFirst)) {
      list.insert(list.begin(), hook);
    } else if (Is(Flaw::kHookKeepsPlace)) {
      const auto later = [&](const ObjectRef& other) {
        return other->id > hook->id;
      };
      if (hook->id == 0) hook->id = ++hooks_enabled_;
      list.insert(std::find_if(list.begin(), list.end(), later), hook);
    } else {
      list.push_back(hook);
    }
  }

  void SwitchOff(const ObjectRef& hook) {
    HookList& list = ListToChange();
    const auto place = std::find(list.begin(), list.end(), hook);
    if (place != list.end()) list.erase(place);
  }

  void Emit(const std::string& event, const std::string& name,
            const std::string& suffix = "", const HookList* kept = nullptr) {
    Say(absl::StrCat(event, " ", name, suffix));
    if (hook_depth_ > 0 && Is(Flaw::kHooksSilentInHooks)) return;
    ++hook_depth_;
    Finally(
        [&] {
          if (Is(Flaw::kHookListLive)) {
            for (std::size_t i = 0; i < active_.size(); ++i) {
              CallHook(ObjectRef(active_[i]), event, name);
            }
          } else {
            const HookList hooks = kept != nullptr ? *kept : active_;
            for (const ObjectRef& hook : hooks) CallHook(hook, event, name);
          }
        },
        [&](bool) {
          --hook_depth_;
          if (staged_ &&
              (hook_depth_ == 0 || Is(Flaw::kHookChangesAfterEachEvent))) {
            active_ = *std::exchange(staged_, std::nullopt);
          }
        });
  }

  void CallHook(const ObjectRef& hook, const std::string& event,
                const std::string& name) {
    Say(absl::StrCat(hook->name, ":", event, " ", name));
    const Statement* const act = std::exchange(hook->acts[event], nullptr);
    if (act == nullptr) return;
    if (++act_depth_ > kMaxActDepth) throw ActsTooDeep(*act);
    try {
      Execute(act->body);
    } catch (const Thrown& thrown) {
      throw ThrownByHook(*thrown.thrower, hook->name);
    }
    --act_depth_;
  }

  // ---- Resources ----

  // "n", "n#2", ...
  std::string FreshName(const std::string& name) {
    const int use = ++uses_[name];
    return use == 1 ? name : absl::StrCat(name, "#", use);
  }

  // Makes a resource, and tells the hooks.
  ObjectRef Make(ObjectKind kind, const std::string& name,
                 std::optional<int> trigger = {}, bool is_task = false) {
    const auto made = std::make_shared<Object>(Object{kind, FreshName(name)});
    made->id = static_cast<int>(names_.size());
    names_.push_back(made->name);
    made->trigger = trigger.value_or(execution_.execution);
    made->frame = context_.frame();
    made->creators_end = end_of_task_;
    made->is_task = is_task;
    if (is_task && Is(Flaw::kTaskTriggeredByCreatorsTrigger) && !trigger) {
      made->trigger = execution_.trigger;
    }
    ++log_.made;
    return made;
  }

  void EmitInit(const Object& made) {
    const std::string suffix = absl::StrCat(" <- ", NameOf(made.trigger));
    if (Is(Flaw::kInitUnderNewId)) {
      PushIds(made.id, made.trigger);
      Finally([&] { Emit("init", made.name, suffix); },
              [&](bool) { PopIds(); });
    } else {
      Emit("init", made.name, suffix);
    }
  }

  // Calls `body` as the resource: before, body, after.
  template <typename Body>
  void InResource(Object& resource, const Body& body) {
    const bool flawed = !resource.is_task;
    const ModelContext::FrameFlaws frame_flaws = {
        .not_installed = flawed && Is(Flaw::kResourceRunsInCallersFrame),
        .merges = flawed && Is(Flaw::kResourceMerges),
        .keeps = flawed && Is(Flaw::kResourceKeepsInner),
        .keeps_on_throw = false,
        .remembers = flawed && Is(Flaw::kResourceRemembers)};
    PushIds(resource.id, resource.trigger);
    const HookList kept = active_;
    const auto emit_after = [&](bool threw) {
      if (flawed && threw && Is(Flaw::kResourceAfterSkippedOnThrow)) return;
      const Ids own = execution_;
      if (flawed && Is(Flaw::kResourceAfterUnderCallersIds)) {
        execution_ = ids_stack_.back();
      }
      Emit("after", resource.name, "",
           Is(Flaw::kHookListKeptUntilAfter) ? &kept : nullptr);
      execution_ = own;
    };
    const bool in_frame = rules_.hooks_in_frame;
    if (!in_frame) Emit("before", resource.name);
    Finally(
        [&] {
          context_.InFrameOf(
              resource,
              [&] {
                if (in_frame) Emit("before", resource.name);
                Finally(body, [&](bool threw) {
                  if (in_frame) emit_after(threw);
                });
              },
              frame_flaws);
        },
        [&](bool threw) {
          if (!in_frame) emit_after(threw);
          const Ids own = execution_;
          PopIds();
          if (flawed && threw && Is(Flaw::kResourceKeepsIdsOnThrow)) {
            execution_ = own;
          }
        });
  }

  // ---- Tasks ----

  using Queue = std::deque<ObjectRef>;

  // The oldest, or any.
  ObjectRef Take(Queue& queue) {
    const std::size_t index = random_ ? random_->Below(queue.size()) : 0;
    ObjectRef taken = queue[index];
    queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(index));
    return taken;
  }

  // Runs a task's body; returns whether it threw.
  bool Guard(Object& task) {
    try {
      Execute(*task.body);
      return false;
    } catch (const Thrown& thrown) {
      SayUncaught(task.name, thrown);
      task.failure = thrown.thrower;
      return true;
    }
  }

  void EnterTask(const Object& task) {
    task_ = task.name;
    end_of_task_ = std::make_shared<FrameRef>();
  }

  void LeaveTask() {
    *end_of_task_ = context_.frame();
    if (!Is(Flaw::kTaskKeepsWorkersFrame)) context_.set_frame(nullptr);
  }

  // Calls `run`, which runs a task, then runs what was deferred meanwhile.
  template <typename Run>
  void WithMicros(const Run& run) {
    Queue micros;
    micros_.push_back(&micros);
    run();
    RunMicros();
    micros_.pop_back();
  }

  void RunTask(Object& task) {
    if (task.is_cancelled) {
      task.is_done = true;
      return;
    }
    WithMicros([&] { ToItsEnd(task, [&] { RunBody(task); }); });
  }

  // Calls `run`, which runs what can be waited for.
  template <typename Run>
  void ToItsEnd(Object& awaited, const Run& run) {
    running_.push_back(&awaited);
    run();
    running_.pop_back();
    awaited.is_done = true;
  }

  void RunBody(Object& task) {
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

  void RunTimer(const ObjectRef& timer) {
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

  void Every(const Statement& statement) {
    const ObjectRef timer =
        Make(ObjectKind::kTimer, statement.name(), {}, true);
    timer->body = &statement.body;
    timer->runs_left = RunsOf(statement);
    EmitInit(*timer);
    objects_[statement.name()] = timer;
    timers_.push_back(timer);
  }

  void Cancel(const Statement& statement) {
    const std::string& name = statement.name();
    const ObjectRef object = Lookup(name);
    if (object != nullptr && object->kind == ObjectKind::kTimer) {
      return CancelTimer(statement, *object);
    }
    const ObjectRef task = Find(spawned_, name);
    if (task == nullptr) {
      Need(statement, name, ObjectKind::kTimer);
      return;
    }
    task->is_cancelled = true;
    if (Is(Flaw::kCancelledTaskLosesItsTurn)) task->is_done = true;
  }

  void CancelTimer(const Statement& statement, Object& timer) {
    const bool prevents = std::exchange(timer.runs_left, 0) > 0;
    std::erase_if(
        timers_, [&](const ObjectRef& other) { return other.get() == &timer; });
    Say(absl::StrCat("cancel ", statement.name(), prevents ? " yes" : " no"));
  }

  void RunMicro(Object& micro) {
    const FrameRef outer = context_.frame();
    EnterTask(micro);
    if (micro.kind == ObjectKind::kPromise) {
      context_.set_frame(micro.frame);
      ToItsEnd(micro, [&] { RunContinuation(micro); });
    } else {
      context_.set_frame(micro.queued_in);
      PushIds(0, 0);
      InResource(micro, [&] { Guard(micro); });
      PopIds();
    }
    *end_of_task_ = context_.frame();
    context_.set_frame(outer);
  }

  void RunContinuation(Object& continuation) {
    PushIds(continuation.id, continuation.trigger);
    Emit("before", continuation.name);
    Guard(continuation);
    const bool resolves = !Is(Flaw::kContinuationDoesNotResolve);
    const bool late = Is(Flaw::kContinuationResolvesAfterAfter);
    if (resolves && !late) Emit("resolve", continuation.name);
    Emit("after", continuation.name);
    if (resolves && late) Emit("resolve", continuation.name);
    PopIds();
  }

  // Calls `run`, which runs other tasks, in the middle of one.
  template <typename Run>
  void InTheMiddle(const Run& run) {
    const std::string outer_task = task_;
    const auto outer_end = end_of_task_;
    run();
    task_ = outer_task;
    end_of_task_ = outer_end;
  }

  // Runs `micro` as a wrong rule has it: now.
  void RunMicroAtOnce(Object& micro) {
    InTheMiddle([&] { RunMicro(micro); });
  }

  void RunMicros() {
    while (!micros_.back()->empty()) RunMicro(*Take(*micros_.back()));
  }

  void QueueMicro(const ObjectRef& micro) {
    if (Is(Flaw::kMicrosNewestFirst)) {
      micros_.back()->push_front(micro);
    } else {
      micros_.back()->push_back(micro);
    }
  }

  void Spawn(const Statement& statement) {
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

  void Micro(const Statement& statement) {
    const ObjectRef micro =
        Make(ObjectKind::kResource, statement.name(), {}, true);
    micro->body = &statement.body;
    if (Is(Flaw::kMicroCapturesNothing)) micro->frame = nullptr;
    EmitInit(*micro);
    micro->queued_in = context_.frame();
    if (Is(Flaw::kMicroIsTask)) {
      tasks_.push_back(micro);
    } else if (Is(Flaw::kMicroAtOnce)) {
      RunMicroAtOnce(*micro);
    } else {
      QueueMicro(micro);
    }
  }

  void Resolve(Object& promise) {
    // Decided at once: an act at the event cannot resolve it again.
    if (promise.resolving && !Is(Flaw::kResolveTwice)) return;
    promise.resolving = true;
    Emit("resolve", promise.name);
    promise.is_done = true;
    for (const ObjectRef& continuation :
         std::exchange(promise.continuations, {})) {
      if (Is(Flaw::kThenSeesResolversFrame))
        continuation->frame = context_.frame();
      QueueMicro(continuation);
    }
  }

  void Then(const Statement& statement, Object& promise) {
    std::optional<int> trigger = promise.id;
    if (Is(Flaw::kThenTriggeredByCreator)) trigger = execution_.execution;
    const ObjectRef continuation =
        Make(ObjectKind::kPromise, statement.name(), trigger, true);
    continuation->body = &statement.body;
    EmitInit(*continuation);
    continuations_[statement.name()] = continuation;
    if (!rules_.then_captures_before_init)
      continuation->frame = context_.frame();
    if (!promise.is_done) {
      promise.continuations.push_back(continuation);
    } else if (Is(Flaw::kThenOnResolvedAtOnce)) {
      RunMicroAtOnce(*continuation);
    } else {
      QueueMicro(continuation);
    }
  }

  // ---- Waits ----

  // Runs what is next while somebody waits; false if there is nothing.
  bool RunNext() {
    for (auto queue = micros_.rbegin(); queue != micros_.rend(); ++queue) {
      if ((*queue)->empty() || Is(Flaw::kWaitHoldsMicrosBack)) continue;
      Queue& micros = **queue;
      micros_.push_back(&micros);
      RunMicro(*Take(micros));
      micros_.pop_back();
      return true;
    }
    if (tasks_.empty()) return false;
    if (Is(Flaw::kWaitRunsNewestFirst)) {
      std::swap(tasks_.front(), tasks_.back());
    }
    RunTask(*Take(tasks_));
    return true;
  }

  void WaitFor(const Statement& statement, const Object& awaited) {
    const bool is_on_this_stack =
        std::find(running_.begin(), running_.end(), &awaited) != running_.end();
    const FrameRef outer_frame = context_.frame();
    InTheMiddle([&] {
      if (Is(Flaw::kWaitRunsThoughDone) && awaited.is_done) RunNext();
      while (!awaited.is_done && !is_on_this_stack && RunNext()) {
      }
    });
    if (!Is(Flaw::kWaitKeepsHelpedFrame)) context_.set_frame(outer_frame);
    if (Is(Flaw::kWaitKeepsHelpedIds)) {
      execution_ = {awaited.id, awaited.trigger};
    }
    if (!awaited.is_done) throw Thrown{&statement};
  }

  void Rethrow(const Statement* failure) const {
    if (failure != nullptr && !Is(Flaw::kWaitThrowsNothing)) {
      throw Thrown{failure};
    }
  }

  void Await(const Statement& statement) {
    ObjectRef awaited = Find(continuations_, statement.name());
    if (awaited == nullptr) {
      awaited = Need(statement, statement.name(), ObjectKind::kPromise);
    }
    if (awaited == nullptr) return;
    WaitFor(statement, *awaited);
    Rethrow(awaited->failure);
  }

  void Join(const Statement& statement) {
    const ObjectRef task = Find(spawned_, statement.name());
    if (task == nullptr) return Say("missing " + statement.name());
    WaitFor(statement, *task);
    Rethrow(Is(Flaw::kJoinThrowsAgain) ? task->failure
                                       : std::exchange(task->failure, nullptr));
  }

  // ---- Names ----

  using Names = std::map<std::string, ObjectRef>;

  static ObjectRef Find(const Names& names, const std::string& name) {
    const auto found = names.find(name);
    return found == names.end() ? nullptr : found->second;
  }

  ObjectRef Lookup(const std::string& name) const {
    return Find(objects_, name);
  }

  // The object that must be there.
  ObjectRef Get(const Statement& statement, const std::string& name,
                ObjectKind kind) const {
    ObjectRef object = Lookup(name);
    if (object == nullptr) throw WrongKind(statement, name, kind, {});
    if (object->kind != kind) {
      throw WrongKind(statement, name, kind, object->kind);
    }
    return object;
  }

  ObjectRef Storage(const Statement& statement) const {
    return Get(statement, statement.name(), ObjectKind::kStorage);
  }

  // The object that may be missing: then it says so, and returns null.
  ObjectRef Need(const Statement& statement, const std::string& name,
                 ObjectKind kind) {
    if (Lookup(name) != nullptr) return Get(statement, name, kind);
    Say("missing " + name);
    return nullptr;
  }

  // ---- Statements ----

  void Execute(const Program& program) {
    for (const Statement& statement : program) {
      if (fuel_-- <= 0) {
        fuel_ = -1;
        return;
      }
      if (++depth_ > kMaxDepth) throw TooDeep(statement);
      Finally([&] { Step(statement); }, [&](bool) { --depth_; });
    }
  }

  void Capture(const Statement& statement, ObjectKind kind) {
    ObjectRef captured;
    if (rules_.plain_snapshots) {
      captured = std::make_shared<Object>(Object{kind, statement.name()});
      captured->frame = context_.frame();
    } else {
      captured = Make(kind, statement.name());
      EmitInit(*captured);
    }
    captured->body = &statement.body;
    objects_[statement.name()] = captured;
  }

  void InCapture(const Statement& statement, ObjectKind kind) {
    const ObjectRef captured = Need(statement, statement.name(), kind);
    if (captured == nullptr) return;
    const Program& body =
        kind == ObjectKind::kBound ? *captured->body : statement.body;
    const auto execute = [&] { Execute(body); };
    if (!rules_.plain_snapshots) return InResource(*captured, execute);
    context_.InFrameOf(
        *captured, execute,
        {.not_installed =
             (captured->frame == nullptr && Is(Flaw::kSnapshotEmptyIgnored)) ||
             (kind == ObjectKind::kBound && Is(Flaw::kBindCapturesAtCall)),
         .merges = Is(Flaw::kSnapshotMerges),
         .keeps = Is(Flaw::kSnapshotKeepsInner),
         .keeps_on_throw = Is(Flaw::kSnapshotKeepsInnerOnThrow),
         .remembers = Is(Flaw::kSnapshotRemembers)});
  }

  void MakeResource(const Statement& statement) {
    std::optional<int> trigger;
    if (statement.words.size() == 3) {
      const std::string& name = statement.words[2];
      const ObjectRef cause = Lookup(name);
      const ObjectKind kind =
          cause != nullptr && cause->kind == ObjectKind::kPromise
              ? ObjectKind::kPromise
              : ObjectKind::kResource;
      if (Need(statement, name, kind) == nullptr) return;
      if (!Is(Flaw::kResourceTriggerIgnored)) trigger = cause->id;
    }
    const ObjectRef resource =
        Make(ObjectKind::kResource, statement.name(), trigger);
    EmitInit(*resource);
    objects_[statement.name()] = resource;
  }

  void Disable(const Statement& statement) {
    const ObjectRef storage = Storage(statement);
    context_.Disable(storage);
    if (!Is(Flaw::kDisableAllStorages)) return;
    for (const auto& [name, object] : objects_) {
      if (object != storage) ++object->epoch;
    }
  }

  void Log(const Statement& statement) {
    std::string line = "get";
    for (const std::string& name : statement.words) {
      absl::StrAppend(
          &line, " ", name, "=",
          ShowValue(context_.Get(Get(statement, name, ObjectKind::kStorage))));
    }
    Say(line);
  }

  void Step(const Statement& statement) {
    const std::vector<std::string>& words = statement.words;
    const auto body = [&] { Execute(statement.body); };
    switch (statement.operation) {
      case Operation::kAls: {
        ObjectRef& storage = objects_[words[0]];
        if (storage != nullptr) return;
        storage =
            std::make_shared<Object>(Object{ObjectKind::kStorage, words[0]});
        if (words.size() == 2) storage->default_value = ValueOf(words[1]);
        return;
      }
      case Operation::kLog:
        return Log(statement);
      case Operation::kRun:
        return context_.RunWith(
            Storage(statement), ValueOf(words[1]), body,
            {.keeps = Is(Flaw::kRunKeepsStore),
             .keeps_on_throw = Is(Flaw::kRunKeepsStoreOnThrow),
             .restores_frame = Is(Flaw::kRunRestoresWholeFrame)});
      case Operation::kExit:
        return context_.RunWith(Storage(statement), {}, body,
                                {.keeps = Is(Flaw::kExitKeepsNone),
                                 .keeps_on_throw = false,
                                 .restores_frame = false,
                                 .unbinds = Is(Flaw::kExitUnbinds)});
      case Operation::kScope:
        return context_.InScopeOf(
            Storage(statement), ValueOf(words[1]), body,
            {.keeps = Is(Flaw::kScopeKeepsStore),
             .keeps_on_throw = Is(Flaw::kScopeKeepsStoreOnThrow),
             .restores_frame = Is(Flaw::kScopeRestoresWholeFrame)});
      case Operation::kEnter:
        return context_.EnterWith(Storage(statement), ValueOf(words[1]));
      case Operation::kDisable:
        return Disable(statement);
      case Operation::kIds:
        return Say(absl::StrCat("ids ", NameOf(execution_.execution), " ",
                                NameOf(execution_.trigger)));
      case Operation::kMark:
        return Say("mark " + words[0]);
      case Operation::kSnap:
        return Capture(statement, ObjectKind::kSnapshot);
      case Operation::kWith:
        return InCapture(statement, ObjectKind::kSnapshot);
      case Operation::kBind:
        return Capture(statement, ObjectKind::kBound);
      case Operation::kCall:
        return InCapture(statement, ObjectKind::kBound);
      case Operation::kRes:
        return MakeResource(statement);
      case Operation::kIn: {
        const ObjectRef resource =
            Need(statement, words[0], ObjectKind::kResource);
        if (resource == nullptr) return;
        return InResource(*resource, body);
      }
      case Operation::kSpawn:
        return Spawn(statement);
      case Operation::kMicro:
        return Micro(statement);
      case Operation::kEvery:
        return Every(statement);
      case Operation::kCancel:
        return Cancel(statement);
      case Operation::kPromise: {
        const ObjectRef promise = Make(ObjectKind::kPromise, words[0]);
        EmitInit(*promise);
        objects_[words[0]] = promise;
        return;
      }
      case Operation::kResolve: {
        const ObjectRef promise =
            Need(statement, words[0], ObjectKind::kPromise);
        if (promise != nullptr) Resolve(*promise);
        return;
      }
      case Operation::kThen: {
        const ObjectRef promise =
            Need(statement, words[1], ObjectKind::kPromise);
        if (promise != nullptr) Then(statement, *promise);
        return;
      }
      case Operation::kAwait:
        return Await(statement);
      case Operation::kJoin:
        return Join(statement);
      case Operation::kHook: {
        ObjectRef& hook = objects_[words[0]];
        if (hook == nullptr) {
          hook = std::make_shared<Object>(Object{ObjectKind::kHook, words[0]});
        }
        return;
      }
      case Operation::kOn:
        return SwitchOn(Get(statement, words[0], ObjectKind::kHook));
      case Operation::kOff:
        return SwitchOff(Get(statement, words[0], ObjectKind::kHook));
      case Operation::kAct:
        Get(statement, words[0], ObjectKind::kHook)->acts[words[1]] =
            &statement;
        return;
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

  const Rules rules_;
  int fuel_;  // -1: a statement was left out for want of it
  int depth_ = 0;
  std::optional<Random> random_;

  RunLog log_;
  std::string task_{kRootTask};
  std::shared_ptr<FrameRef> end_of_task_ = std::make_shared<FrameRef>();

  Names objects_;
  Names spawned_;
  Names continuations_;
  std::map<std::string, int> uses_;  // of a resource's name
  ModelContext context_;

  std::vector<std::string> names_{"none", std::string(kRootTask)};  // by id
  Ids execution_{1, 0};
  std::vector<Ids> ids_stack_;

  HookList active_;
  std::optional<HookList> staged_;  // what active_ will be after the batch
  int hook_depth_ = 0;
  int act_depth_ = 0;
  int hooks_enabled_ = 0;

  Queue tasks_;
  Queue timers_;  // those that wait, by their times
  Queue micros_of_main_;
  // Of the main program and of the tasks on the stack, the innermost last.
  std::vector<Queue*> micros_{&micros_of_main_};
  std::vector<const Object*> running_;
};

}  // namespace

RunLog RunModel(const Program& program, const ModelOptions& options) {
  return Model(options).Run(program);
}

}  // namespace weft::conformance
