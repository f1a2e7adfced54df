// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Ids, hooks and resources of the reference model.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "weft/tests/conformance/model_run.h"

namespace weft::conformance {

void ModelRun::PushIds(int execution, int trigger) {
  ids_stack_.push_back(execution_);
  execution_ = {execution, trigger};
}
void ModelRun::PopIds() {
  execution_ = ids_stack_.back();
  ids_stack_.pop_back();
}

ModelRun::HookList& ModelRun::ListToChange() {
  if (hook_depth_ == 0 || Is(Flaw::kHookListLive)) return active_;
  if (!staged_) staged_ = active_;
  return *staged_;
}

void ModelRun::SwitchOn(const ObjectRef& hook) {
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

void ModelRun::SwitchOff(const ObjectRef& hook) {
  HookList& list = ListToChange();
  const auto place = std::find(list.begin(), list.end(), hook);
  if (place != list.end()) list.erase(place);
}

void ModelRun::Emit(const std::string& event, const std::string& name,
                    const std::string& suffix, const HookList* kept) {
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

void ModelRun::EmitResolve(const Object& promise) {
  const std::string outer = std::exchange(task_, promise.name);
  Emit("resolve", promise.name);
  task_ = outer;
}

void ModelRun::CallHook(const ObjectRef& hook, const std::string& event,
                        const std::string& name) {
  Say(absl::StrCat(hook->name, ":", event, " ", name));
  const Statement* const act = std::exchange(hook->acts[event], nullptr);
  if (act == nullptr) return;
  if (++act_depth_ > kMaxActDepth) throw ActsTooDeep(*act);
  try {
    Execute(act->body);
  } catch (const Thrown& thrown) {
    // A flow's limit is no statement's.
    throw ThrownByHook(thrown.thrower == nullptr ? *act : *thrown.thrower,
                       thrown.name(), hook->name);
  }
  --act_depth_;
}

std::string ModelRun::FreshName(const std::string& name) {
  const int use = ++uses_[name];
  return use == 1 ? name : absl::StrCat(name, "#", use);
}

ObjectRef ModelRun::Make(ObjectKind kind, const std::string& name,
                         std::optional<int> trigger, bool is_task) {
  const auto made = std::make_shared<Object>(Object{kind, FreshName(name)});
  made_.push_back(made);
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

void ModelRun::EmitInit(const Object& made) {
  const std::string suffix = absl::StrCat(" <- ", NameOf(made.trigger));
  if (Is(Flaw::kInitUnderNewId)) {
    PushIds(made.id, made.trigger);
    Finally([&] { Emit("init", made.name, suffix); }, [&](bool) { PopIds(); });
  } else {
    Emit("init", made.name, suffix);
  }
}

void ModelRun::MakeResource(const Statement& statement) {
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

}  // namespace weft::conformance
