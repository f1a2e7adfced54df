// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/reference_model.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "weft/tests/conformance/model_run.h"

namespace weft::conformance {

ModelRun::ModelRun(const ModelOptions& options)
    : rules_(options.rules), fuel_(options.fuel), context_(rules_) {
  if (options.schedule_seed) random_.emplace(*options.schedule_seed);
}

ModelRun::~ModelRun() {
  for (const std::weak_ptr<Object>& made : made_) {
    const ObjectRef left = made.lock();
    if (left == nullptr) continue;
    left->continuations.clear();
    left->coroutine.reset();
    left->race.reset();
    left->input.reset();
    left->waiting.clear();
  }
}

RunLog ModelRun::Run(const Program& program) {
  try {
    Execute(program);
  } catch (const Thrown& thrown) {
    SayUncaught(std::string(kRootTask), thrown);
  }
  LeaveTask();
  execution_ = {0, 0};
  if (Is(Flaw::kMicrosOfMainEachWithItsOwn)) {
    for (const ObjectRef& micro : std::exchange(micros_of_main_, {})) {
      RunMicro(micro);
      RunMicros();
    }
  }
  RunMicros();
  // Time passes while there are no tasks; each timer waits for as long.
  while (true) {
    if (!tasks_.empty()) {
      RunTask(Take(tasks_));
    } else if (RunAlarm(true)) {
    } else if (!timers_.empty()) {
      RunTimer(Take(timers_));
    } else if (!RunAlarm(false)) {
      break;
    }
  }
  log_.out_of_fuel = fuel_ < 0;
  return std::move(log_);
}

void ModelRun::SayUncaught(const std::string& task, const Thrown& thrown) {
  Say(absl::StrCat("uncaught ", task, " ", thrown.name()));
}

ObjectRef ModelRun::Find(const Names& names, const std::string& name) {
  const auto found = names.find(name);
  return found == names.end() ? nullptr : found->second;
}

ObjectRef ModelRun::Lookup(const std::string& name) const {
  return Find(objects_, name);
}

ObjectRef ModelRun::Get(const Statement& statement, const std::string& name,
                        ObjectKind kind) const {
  ObjectRef object = Lookup(name);
  if (object == nullptr) throw WrongKind(statement, name, kind, {});
  if (object->kind != kind) {
    throw WrongKind(statement, name, kind, object->kind);
  }
  return object;
}

ObjectRef ModelRun::Storage(const Statement& statement) const {
  return Get(statement, statement.name(), ObjectKind::kStorage);
}

ObjectRef ModelRun::Need(const Statement& statement, const std::string& name,
                         ObjectKind kind) {
  if (Lookup(name) != nullptr) return Get(statement, name, kind);
  Say("missing " + name);
  return nullptr;
}

void ModelRun::Execute(const Program& program) {
  for (const Statement& statement : program) {
    if (!TakeFuel()) return;
    ExecuteOne(statement);
  }
}

bool ModelRun::TakeFuel() {
  if (fuel_-- > 0) return true;
  fuel_ = -1;
  return false;
}

void ModelRun::ExecuteOne(const Statement& statement) {
  if (++depth_ > kMaxDepth) throw TooDeep(statement);
  Finally([&] { Step(statement); }, [&](bool) { --depth_; });
}

void ModelRun::Capture(const Statement& statement, ObjectKind kind) {
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

void ModelRun::InCapture(const Statement& statement, ObjectKind kind) {
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

void ModelRun::Disable(const Statement& statement) {
  const ObjectRef storage = Storage(statement);
  context_.Disable(storage);
  if (!Is(Flaw::kDisableAllStorages)) return;
  for (const auto& [name, object] : objects_) {
    if (object != storage) ++object->epoch;
  }
}

void ModelRun::Log(const Statement& statement) {
  std::string line = "get";
  for (const std::string& name : statement.words) {
    absl::StrAppend(
        &line, " ", name, "=",
        ShowValue(context_.Get(Get(statement, name, ObjectKind::kStorage))));
  }
  Say(line);
}

void ModelRun::Step(const Statement& statement) {
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
    case Operation::kPromise:
      return MakePromise(statement);
    case Operation::kResolve: {
      const ObjectRef promise = Need(statement, words[0], ObjectKind::kPromise);
      if (promise != nullptr) Resolve(*promise);
      return;
    }
    case Operation::kThen: {
      const ObjectRef promise = Need(statement, words[1], ObjectKind::kPromise);
      if (promise != nullptr) {
        continuations_[words[0]] = Then(statement, promise);
      }
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
      Get(statement, words[0], ObjectKind::kHook)->acts[words[1]] = &statement;
      return;
    case Operation::kThrow:
      throw Thrown{&statement};
    case Operation::kGo:
      coroutines_[words[0]] = Go(statement, nullptr);
      return;
    case Operation::kRace:
      return Race(statement, nullptr);
    case Operation::kGenerate:
      return Generate(statement);
    case Operation::kTimeout:
    case Operation::kNursery:
    case Operation::kNext:
    case Operation::kYield:
      throw WrongPlace(statement);
    case Operation::kTry:
      try {
        Execute(statement.body);
      } catch (const Thrown& thrown) {
        Say("caught " + thrown.name());
      }
      return;
  }
}

RunLog RunModel(const Program& program, const ModelOptions& options) {
  return ModelRun(options).Run(program);
}

}  // namespace weft::conformance
