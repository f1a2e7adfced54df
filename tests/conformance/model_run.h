// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The reference model at work on one program. Each kind of form has a source
// file of its own: model_hooks.cc, model_tasks.cc, model_waits.cc,
// model_coroutines.cc, model_races.cc; reference_model.cc has the others.

#ifndef WEFT_TESTS_CONFORMANCE_MODEL_RUN_H_
#define WEFT_TESTS_CONFORMANCE_MODEL_RUN_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weft/tests/conformance/model_context.h"
#include "weft/tests/conformance/model_object.h"
#include "weft/tests/conformance/object_kind.h"
#include "weft/tests/conformance/random.h"
#include "weft/tests/conformance/reference_model.h"
#include "weft/tests/conformance/rules.h"
#include "weft/tests/conformance/run_log.h"
#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {

class ModelRun {
 public:
  explicit ModelRun(const ModelOptions& options);
  ModelRun(const ModelRun&) = delete;
  ModelRun& operator=(const ModelRun&) = delete;
  // Objects that wait for each other, for ever, go too.
  ~ModelRun();

  RunLog Run(const Program& program);

 private:
  using HookList = std::vector<ObjectRef>;
  using Names = std::map<std::string, ObjectRef>;
  using Queue = std::deque<ObjectRef>;

  struct Ids {
    int execution;
    int trigger;
  };

  bool Is(Flaw flaw) const { return rules_.flaw == flaw; }

  void Say(const std::string& line) { log_.Add(task_, line); }
  void SayUncaught(const std::string& task, const Thrown& thrown);

  // ---- Ids and hooks ----

  std::string NameOf(int id) const { return names_[std::size_t(id)]; }
  void PushIds(int execution, int trigger);
  void PopIds();

  // The list that a change should change.
  HookList& ListToChange();
  void SwitchOn(const ObjectRef& hook);
  void SwitchOff(const ObjectRef& hook);
  void Emit(const std::string& event, const std::string& name,
            const std::string& suffix = "", const HookList* kept = nullptr);
  void CallHook(const ObjectRef& hook, const std::string& event,
                const std::string& name);
  // The same for what the library makes for itself, whose line is nobody's.
  void EmitResolve(const Object& promise);

  // ---- Resources ----

  // "n", "n#2", ...
  std::string FreshName(const std::string& name);
  // Makes a resource; EmitInit() tells the hooks.
  ObjectRef Make(ObjectKind kind, const std::string& name,
                 std::optional<int> trigger = {}, bool is_task = false);
  void EmitInit(const Object& made);
  // Calls `body` as the resource: before, body, after.
  template <typename Body>
  void InResource(Object& resource, const Body& body);
  void MakeResource(const Statement& statement);

  // ---- Tasks ----

  // The oldest, or any.
  ObjectRef Take(Queue& queue);
  // Runs a task's body; returns whether it threw.
  bool Guard(Object& task);
  void EnterTask(const Object& task);
  void LeaveTask();

  // Calls `run`, which runs a task, then runs what was deferred meanwhile.
  template <typename Run>
  void WithMicros(const Run& run) {
    Queue micros;
    micros_.push_back(&micros);
    run();
    RunMicros();
    micros_.pop_back();
  }
  // Calls `run`, which runs what can be waited for.
  template <typename Run>
  void ToItsEnd(Object& awaited, const Run& run) {
    running_.push_back(&awaited);
    run();
    running_.pop_back();
    awaited.is_done = true;
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

  void RunTask(const ObjectRef& task);
  void RunBody(Object& task);
  void RunTimer(const ObjectRef& timer);
  void Every(const Statement& statement);
  void Cancel(const Statement& statement);
  void CancelTimer(const Statement& statement, Object& timer);
  void RunMicro(const ObjectRef& micro);
  void RunContinuation(const ObjectRef& continuation);
  // Runs `micro` as a wrong rule has it: now.
  void RunMicroAtOnce(const ObjectRef& micro);
  void RunMicros();
  void QueueMicro(const ObjectRef& micro);
  void Spawn(const Statement& statement);
  void Micro(const Statement& statement);
  void MakePromise(const Statement& statement);
  void Resolve(Object& promise);
  // Queues what waits for `done`, which is.
  void Settle(Object& done);
  ObjectRef Then(const Statement& statement, const ObjectRef& promise);

  // ---- Limits ----

  std::size_t NewToken();
  // The indexes of the flow's token, 0: none, and of its deadline.
  std::size_t TokenOf(const FrameRef& frame) const;
  std::optional<int> DeadlineOf(const FrameRef& frame) const;
  // A token that is cancelled when either is.
  std::size_t AnyOf(std::size_t outer, std::size_t inner);
  // The reason why what has that frame is not run, if it has come.
  std::optional<Thrown::Why> Reached(const FrameRef& frame) const;
  void CancelToken(std::size_t token);
  // Cancels the token of a link, because `by` is cancelled, 0: a source.
  void Stop(std::size_t token, std::size_t by);
  void TellListeners(std::size_t token);
  // Calls `body` in a flow that is cancelled by `token` too.
  template <typename Body>
  void InFlowOf(std::size_t token, const Body& body) {
    const std::size_t any = AnyOf(TokenOf(context_.frame()), token);
    context_.InScopeOf(cancellation_, std::to_string(any), body, {});
  }
  // Calls `body` in a flow without limits.
  template <typename Body>
  void Shielded(const Body& body) {
    context_.InScopeOf(
        deadline_, std::nullopt,
        [&] { context_.InScopeOf(cancellation_, std::nullopt, body, {}); }, {});
  }
  // Lets time pass, to the earliest deadline that a coroutine waits with.
  // Returns false if none passes, or, with `only_passed`, has passed already.
  bool RunAlarm(bool only_passed);

  // ---- Waits ----

  // Runs what is next while somebody waits; false if there is nothing.
  bool RunNext();
  void WaitFor(const Statement& statement, const Object& awaited);
  void Rethrow(const std::optional<Thrown>& failure) const;
  // What an `await` names; null if it says so.
  ObjectRef Awaited(const Statement& statement);
  // Takes the result of what is done.
  void TakeResult(const Object& awaited);
  void Await(const Statement& statement);
  void Join(const Statement& statement);

  // ---- Coroutines ----

  // Goes on with what was queued; `why`: with that reason not to run.
  void RunCoroutine(ObjectRef coroutine);
  // Its next segment; returns the one that goes on after it, or null.
  ObjectRef RunSegment(const ObjectRef& self);
  enum class Next { kSuspended, kEnded };
  // The inside of a segment.
  Next GoOn(const ObjectRef& self);
  Next RunLevels(const ObjectRef& self);
  Next RunTimeout(const ObjectRef& self);
  Next RunNursery(const ObjectRef& self);
  Next RunLaunched(const ObjectRef& self);
  // Executes a statement of a coroutine; returns whether that is suspended.
  bool StepInCoroutine(const ObjectRef& self, const Statement& statement);
  // Ends levels until a `try` catches it.
  void Raise(Object& self, const Thrown& thrown);
  void EndLevel(Coroutine& coroutine);
  // The coroutine is suspended, and waits: it may be told.
  void Arm(const ObjectRef& self);
  void Disarm(Object& self);
  // Returns who goes on when `self` has ended.
  ObjectRef End(const ObjectRef& self);
  void EndInNursery(const ObjectRef& nursery,
                    const std::optional<Thrown>& failure);
  ObjectRef MakeCoroutine(const std::string& name, const Statement& statement,
                          Coroutine::Role role);
  ObjectRef MakeBody(const std::string& name, const Statement& statement,
                     const ObjectRef& nursery);
  // Suspends `self` until `child`, which goes on at once, has ended.
  void AwaitChild(const ObjectRef& self, const ObjectRef& child);
  ObjectRef Go(const Statement& statement, const ObjectRef& nursery);
  void Generate(const Statement& statement);

  // ---- Races ----

  void Race(const Statement& statement, const ObjectRef& nursery);
  void RunInput(const ObjectRef& continuation);
  void GiveUpInputs(Object& race);
  void GiveUp(const ObjectRef& continuation);

  // ---- Names ----

  static ObjectRef Find(const Names& names, const std::string& name);
  ObjectRef Lookup(const std::string& name) const;
  // The object that must be there.
  ObjectRef Get(const Statement& statement, const std::string& name,
                ObjectKind kind) const;
  ObjectRef Storage(const Statement& statement) const;
  // The object that may be missing: then it says so, and returns null.
  ObjectRef Need(const Statement& statement, const std::string& name,
                 ObjectKind kind);

  // ---- Statements ----

  void Execute(const Program& program);
  bool TakeFuel();
  // One statement, which is not a coroutine's.
  void ExecuteOne(const Statement& statement);
  void Capture(const Statement& statement, ObjectKind kind);
  void InCapture(const Statement& statement, ObjectKind kind);
  void Disable(const Statement& statement);
  void Log(const Statement& statement);
  void Step(const Statement& statement);

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
  Names coroutines_;
  Names races_;
  std::map<std::string, int> uses_;  // of a resource's name
  ModelContext context_;

  std::vector<std::weak_ptr<Object>> made_;
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

  // What a frame has its limits under: the index of a token, and the number of
  // a deadline, of which the greater passes later.
  const ObjectRef cancellation_ = std::make_shared<Object>(
      Object{ObjectKind::kStorage, "the flow's cancellation"});
  const ObjectRef deadline_ = std::make_shared<Object>(
      Object{ObjectKind::kStorage, "the flow's deadline"});
  std::vector<Token> tokens_{Token{}};  // the first is none
  int deadlines_ = 0;                   // how many there are that pass
  int now_ = 0;                         // the last that has passed
  std::vector<ObjectRef> alarms_;       // coroutines that wait with a deadline
  // Of the links that are cancelled: see Stop().
  struct Chain {
    std::size_t current;
    std::vector<std::size_t> waiting;
  };
  Chain* chain_ = nullptr;
};

template <typename Body>
void ModelRun::InResource(Object& resource, const Body& body) {
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

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_MODEL_RUN_H_
