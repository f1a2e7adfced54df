// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Coroutines of the reference model: their segments, and what they await.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "weft/tests/conformance/model_run.h"

namespace weft::conformance {

using Role = Coroutine::Role;

// ---- What makes one ----

ObjectRef ModelRun::MakeCoroutine(const std::string& name,
                                  const Statement& statement, Role role) {
  const ObjectRef made = Make(ObjectKind::kResource, name, {}, true);
  made->coroutine = std::make_shared<Coroutine>();
  made->coroutine->role = role;
  made->coroutine->statement = &statement;
  EmitInit(*made);
  return made;
}

ObjectRef ModelRun::MakeBody(const std::string& name,
                             const Statement& statement,
                             const ObjectRef& nursery) {
  const ObjectRef body = MakeCoroutine(name, statement, Role::kBody);
  body->coroutine->levels.push_back({&statement.body});
  body->coroutine->nursery = nursery;
  return body;
}

ObjectRef ModelRun::Go(const Statement& statement, const ObjectRef& nursery) {
  const std::size_t source = NewToken();
  ObjectRef made;
  InFlowOf(source, [&] {
    if (nursery == nullptr) {
      made = MakeBody(statement.name(), statement, nullptr);
    } else {
      InFlowOf(nursery->coroutine->source, [&] {
        made = MakeCoroutine(statement.name(), statement, Role::kLaunched);
      });
      made->coroutine->nursery = nursery;
      made->coroutine->is_launched = true;
      ++nursery->coroutine->running;
    }
  });
  made->coroutine->source = source;
  tasks_.push_back(made);
  return made;
}

void ModelRun::Generate(const Statement& statement) {
  const std::size_t source = NewToken();
  ObjectRef made;
  InFlowOf(source,
           [&] { made = MakeBody(statement.name(), statement, nullptr); });
  made->kind = ObjectKind::kGenerator;
  made->coroutine->is_generator = true;
  made->coroutine->source = source;
  objects_[statement.name()] = made;
}

// ---- Segments ----

void ModelRun::RunCoroutine(ObjectRef coroutine) {
  const auto reached = Reached(coroutine->frame);
  if (reached) {
    const Thrown why{nullptr, *reached};
    if (!coroutine->coroutine->waits) {  // it has not begun
      coroutine->failure = why;
      End(coroutine);
      return;
    }
    if (!Is(Flaw::kCoroutineTakesWhatCameTooLate)) {
      coroutine->coroutine->injected = why;
    }
  }
  const FrameRef outer = context_.frame();
  while (coroutine != nullptr) {
    coroutine = RunSegment(coroutine);
    *end_of_task_ = context_.frame();
    context_.set_frame(outer);
  }
}

ObjectRef ModelRun::RunSegment(const ObjectRef& self) {
  Coroutine& coroutine = *self->coroutine;
  EnterTask(*self);
  if (!Is(Flaw::kCoroutineRunsUnderResumersIds)) {
    PushIds(self->id, self->trigger);
  } else {
    PushIds(execution_.execution, execution_.trigger);
  }
  if (!Is(Flaw::kCoroutineRunsInResumersContext) ||
      coroutine.waits == nullptr) {
    context_.set_frame(self->frame);
  }
  // What is waited for is the one that was spawned.
  const Object* root = self.get();
  while (root->coroutine->parent != nullptr) {
    root = root->coroutine->parent.get();
  }
  running_.push_back(root);
  Emit("before", self->name);
  const Next next = GoOn(self);
  if (next == Next::kEnded) Emit("resolve", self->name);
  Emit("after", self->name);
  running_.pop_back();
  PopIds();
  if (!Is(Flaw::kCoroutineForgetsItsContext)) self->frame = context_.frame();
  if (next == Next::kEnded) return End(self);
  if (coroutine.yielded) {  // a generator that has answered
    return std::exchange(coroutine.parent, nullptr);
  }
  if (coroutine.child != nullptr) return coroutine.child;
  Arm(self);
  return nullptr;
}

ModelRun::Next ModelRun::GoOn(const ObjectRef& self) {
  switch (self->coroutine->role) {
    case Role::kBody:
      return RunLevels(self);
    case Role::kTimeout:
      return RunTimeout(self);
    case Role::kNursery:
      return RunNursery(self);
    case Role::kLaunched:
      return RunLaunched(self);
  }
  return Next::kEnded;
}

ModelRun::Next ModelRun::RunLevels(const ObjectRef& self) {
  Coroutine& coroutine = *self->coroutine;
  if (coroutine.waits != nullptr) {
    coroutine.waits = nullptr;
    coroutine.child = nullptr;
    try {
      const auto take = std::exchange(coroutine.take, nullptr);
      const auto injected = std::exchange(coroutine.injected, std::nullopt);
      if (injected) throw Thrown(*injected);
      if (take) take();
    } catch (const Thrown& thrown) {
      Raise(*self, thrown);
    }
  }
  while (!coroutine.levels.empty()) {
    Level& level = coroutine.levels.back();
    if (level.next == level.program->size()) {
      EndLevel(coroutine);
      continue;
    }
    const Statement& statement = (*level.program)[level.next++];
    if (!TakeFuel()) {
      level.next = level.program->size();
      continue;
    }
    try {
      if (StepInCoroutine(self, statement)) {
        coroutine.waits = &statement;
        return Next::kSuspended;
      }
    } catch (const Thrown& thrown) {
      Raise(*self, thrown);
    }
  }
  return Next::kEnded;
}

bool ModelRun::StepInCoroutine(const ObjectRef& self,
                               const Statement& statement) {
  Coroutine& coroutine = *self->coroutine;
  const std::string& name =
      statement.words.empty() ? self->name : statement.name();
  switch (statement.operation) {
    case Operation::kTry:
      coroutine.levels.push_back({.program = &statement.body, .is_try = true});
      return false;
    case Operation::kScope: {
      const ObjectRef storage = Storage(statement);
      Level level{.program = &statement.body, .storage = storage};
      level.prior = context_.BeginScope(storage, ValueOf(statement.words[1]));
      coroutine.levels.push_back(std::move(level));
      return false;
    }
    case Operation::kGo:
      coroutines_[name] = Go(statement, coroutine.nursery);
      return false;
    case Operation::kRace:
      Race(statement, coroutine.nursery);
      return false;
    case Operation::kAwait: {
      const ObjectRef awaited = Awaited(statement);
      if (awaited == nullptr) return false;
      if (awaited->is_done) {
        TakeResult(*awaited);
        return false;
      }
      coroutine.awaited = awaited;
      coroutine.take = [this, awaited] { TakeResult(*awaited); };
      return true;
    }
    case Operation::kTimeout: {
      const ObjectRef child = MakeCoroutine(name, statement, Role::kTimeout);
      child->coroutine->nursery = coroutine.nursery;
      AwaitChild(self, child);
      return true;
    }
    case Operation::kNursery:
      AwaitChild(self, MakeCoroutine(name, statement, Role::kNursery));
      return true;
    case Operation::kNext: {
      const ObjectRef asked = Need(statement, name, ObjectKind::kGenerator);
      if (asked == nullptr) return false;
      Coroutine& generator = *asked->coroutine;
      if (generator.is_asked) {
        Say("busy " + name);
        return false;
      }
      if (asked->is_done) {
        Say(absl::StrCat("next ", name, " end"));
        return false;
      }
      generator.is_asked = true;
      if (Is(Flaw::kGeneratorSeesItsConsumer)) asked->frame = context_.frame();
      AwaitChild(self, asked);
      coroutine.take = [this, asked, name] {
        Coroutine& answers = *asked->coroutine;
        answers.is_asked = false;
        if (const auto failure = std::exchange(asked->failure, std::nullopt)) {
          throw Thrown(*failure);
        }
        const auto yielded = std::exchange(answers.yielded, std::nullopt);
        Say(absl::StrCat("next ", name, " ", yielded.value_or("end")));
      };
      return true;
    }
    case Operation::kYield:
      if (!coroutine.is_generator) throw WrongPlace(statement);
      coroutine.yielded = name;
      return true;
    default:
      ExecuteOne(statement);
      return false;
  }
}

void ModelRun::Raise(Object& self, const Thrown& thrown) {
  Coroutine& coroutine = *self.coroutine;
  while (!coroutine.levels.empty()) {
    const bool catches = coroutine.levels.back().is_try;
    EndLevel(coroutine);
    if (catches) return Say("caught " + thrown.name());
  }
  SayUncaught(self.name, thrown);
  self.failure = thrown;
}

void ModelRun::EndLevel(Coroutine& coroutine) {
  Level level = std::move(coroutine.levels.back());
  coroutine.levels.pop_back();
  if (level.storage != nullptr && !Is(Flaw::kCoroutineKeepsItsScope)) {
    context_.EndScope(level.storage, std::move(level.prior));
  }
}

void ModelRun::AwaitChild(const ObjectRef& self, const ObjectRef& child) {
  child->coroutine->parent = self;
  self->coroutine->child = child;
  self->coroutine->take = [this, child] { Rethrow(child->failure); };
}

// ---- What the library makes of a body ----

ModelRun::Next ModelRun::RunTimeout(const ObjectRef& self) {
  Coroutine& coroutine = *self->coroutine;
  const Statement& statement = *coroutine.statement;
  if (coroutine.step++ == 0) {
    const int never = 1'000'000;
    int deadline = IsSoon(statement) ? ++deadlines_ : never;
    if (const auto outer = DeadlineOf(context_.frame())) {
      deadline = std::min(deadline, *outer);
    }
    coroutine.levels.push_back({.program = nullptr, .storage = deadline_});
    coroutine.levels.back().prior =
        context_.BeginScope(deadline_, std::to_string(deadline));
    const ObjectRef body = MakeBody(absl::StrCat(self->name, "/COROUTINE"),
                                    statement, coroutine.nursery);
    AwaitChild(self, body);
    coroutine.waits = &statement;
    return Next::kSuspended;
  }
  self->failure = coroutine.child->failure;
  EndLevel(coroutine);
  return Next::kEnded;
}

ModelRun::Next ModelRun::RunLaunched(const ObjectRef& self) {
  Coroutine& coroutine = *self->coroutine;
  if (coroutine.step++ == 0) {
    AwaitChild(self, MakeBody(absl::StrCat(self->name, "/COROUTINE"),
                              *coroutine.statement, coroutine.nursery));
    coroutine.waits = coroutine.statement;
    return Next::kSuspended;
  }
  self->failure = coroutine.child->failure;
  return Next::kEnded;
}

ModelRun::Next ModelRun::RunNursery(const ObjectRef& self) {
  Coroutine& coroutine = *self->coroutine;
  switch (coroutine.step++) {
    case 0: {
      coroutine.waits = coroutine.statement;
      coroutine.source = NewToken();
      coroutine.running = 1;
      coroutine.all_ended =
          Make(ObjectKind::kPromise, absl::StrCat(self->name, "/PROMISE"));
      EmitInit(*coroutine.all_ended);
      const std::size_t any =
          AnyOf(TokenOf(context_.frame()), coroutine.source);
      context_.EnterWith(cancellation_, std::to_string(any));
      const ObjectRef body = MakeBody(absl::StrCat(self->name, "/COROUTINE"),
                                      *coroutine.statement, self);
      AwaitChild(self, body);
      return Next::kSuspended;
    }
    case 1:
      // Nothing cuts the wait short.
      context_.EnterWith(deadline_, std::nullopt);
      context_.EnterWith(cancellation_, std::nullopt);
      EndInNursery(self, std::exchange(coroutine.child, nullptr)->failure);
      if (!coroutine.all_ended->is_done && !Is(Flaw::kNurseryDoesNotWait)) {
        coroutine.awaited = coroutine.all_ended;
        return Next::kSuspended;
      }
      break;
    default:
      break;
  }
  if (!Is(Flaw::kNurseryLosesAFailure)) self->failure = coroutine.first_failure;
  return Next::kEnded;
}

void ModelRun::EndInNursery(const ObjectRef& nursery,
                            const std::optional<Thrown>& failure) {
  Coroutine& coroutine = *nursery->coroutine;
  const bool says_cancelled = tokens_[coroutine.source].is_cancelled &&
                              failure &&
                              failure->why == Thrown::Why::kCancelled;
  if (failure && !says_cancelled) {
    const bool is_first = !coroutine.first_failure;
    if (is_first || Is(Flaw::kNurseryThrowsTheLast)) {
      coroutine.first_failure = failure;
    }
    if (is_first && !Is(Flaw::kNurseryGoesOnAfterAFailure)) {
      CancelToken(coroutine.source);
    }
  }
  if (--coroutine.running > 0) return;
  EmitResolve(*coroutine.all_ended);
  coroutine.all_ended->is_done = true;
  Settle(*coroutine.all_ended);
}

// ---- Ends and waits ----

ObjectRef ModelRun::End(const ObjectRef& self) {
  Coroutine& coroutine = *self->coroutine;
  if (coroutine.parent != nullptr) {
    self->is_done = true;
    if (Is(Flaw::kCoroutineEntersItsParent)) {
      coroutine.parent->frame = self->frame;
    }
    return std::exchange(coroutine.parent, nullptr);
  }
  if (coroutine.is_launched) EndInNursery(coroutine.nursery, self->failure);
  self->is_done = true;
  Settle(*self);
  return nullptr;
}

void ModelRun::Arm(const ObjectRef& self) {
  Coroutine& coroutine = *self->coroutine;
  const ObjectRef awaited = std::exchange(coroutine.awaited, nullptr);
  const std::size_t token = TokenOf(self->frame);
  if (awaited->is_done || tokens_[token].is_cancelled) {
    return QueueMicro(self);
  }
  coroutine.awaited = awaited;
  awaited->continuations.push_back(self);
  if (token != 0) {
    coroutine.waits_with = token;
    tokens_[token].listeners.push_back({.coroutine = self});
  }
  coroutine.alarm = DeadlineOf(self->frame);
  if (coroutine.alarm) alarms_.push_back(self);
}

void ModelRun::Disarm(Object& self) {
  Coroutine& coroutine = *self.coroutine;
  const auto is_self = [&](const ObjectRef& other) {
    return other.get() == &self;
  };
  std::erase_if(tokens_[coroutine.waits_with].listeners,
                [&](const Token::Listener& listener) {
                  return is_self(listener.coroutine);
                });
  coroutine.waits_with = 0;
  if (std::exchange(coroutine.alarm, std::nullopt)) {
    std::erase_if(alarms_, is_self);
  }
  if (coroutine.awaited != nullptr) {
    std::erase_if(coroutine.awaited->continuations, is_self);
  }
  coroutine.awaited = nullptr;
}

}  // namespace weft::conformance
