// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Names, hook events and hooks.

#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "weft/executor/errors.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/conformance/interpreter_run.h"

namespace weft::conformance {

std::string InterpreterRun::FreshName(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const int use = ++uses_[name];
  return use == 1 ? name : name + "#" + std::to_string(use);
}

void InterpreterRun::NameNext(const std::string& name, bool is_task) {
  ThisThread().new_name = NewName{FreshName(name), is_task};
}

std::string InterpreterRun::NameOf(AsyncId id) {
  if (id == kNoAsyncId) return "none";
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = resources_.find(id);
  return found == resources_.end() ? "?" : found->second.name;
}

HookCallbacks InterpreterRun::NamerCallbacks() {
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
            OnResolve(event.async_id(),
                      [&] { Say("resolve " + NameOf(event.async_id())); });
          }};
}

// What the library makes for itself is called after its trigger.
void InterpreterRun::OnInit(AsyncId id, std::string_view type,
                            AsyncId trigger) {
  std::optional<NewName> made =
      std::exchange(ThisThread().new_name, std::nullopt);
  const bool is_own_promise = !made && type == "PROMISE";
  if (!made) {
    made = NewName{FreshName(NameOf(trigger) + "/" + std::string(type)),
                   !is_own_promise};
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    resources_[id] = {.name = made->name,
                      .is_task = made->is_task,
                      .is_own_promise = is_own_promise};
    ++log_.made;
  }
  Say("init " + made->name + " <- " + NameOf(trigger));
}

void InterpreterRun::OnBefore(AsyncId id) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ResourceRecord& resource = resources_[id];
    ++resource.scopes_open;
    if (resource.is_task) ThisThread().task = resource.name;
  }
  Say("before " + NameOf(id));
}

void InterpreterRun::OnAfter(AsyncId id) {
  Say("after " + NameOf(id));
  const std::lock_guard<std::mutex> lock(mutex_);
  --resources_[id].scopes_open;
}

void InterpreterRun::OnDestroy(AsyncId id) {
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

// Who settles a promise of the library's is chance: its lines are its own.
void InterpreterRun::OnResolve(AsyncId id, const std::function<void()>& say) {
  std::optional<std::string> own;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const ResourceRecord& resource = resources_[id];
    if (resource.is_own_promise) own = resource.name;
  }
  if (!own) return say();
  const std::string outer = std::exchange(ThisThread().task, *own);
  say();
  ThisThread().task = outer;
}

HookCallbacks InterpreterRun::CallbacksOf(const std::string& name,
                                          UserObject& hook) {
  const auto callback = [this, name, &hook](const std::string& event) {
    return [this, name, event, &hook](const ResourceEvent& told) {
      const auto tell = [&] {
        Say(name + ":" + event + " " + NameOf(told.async_id()));
        Act(name, hook, event);
      };
      event == "resolve" ? OnResolve(told.async_id(), tell) : tell();
    };
  };
  return {.init = callback("init"),
          .before = callback("before"),
          .after = callback("after"),
          .promise_resolve = callback("resolve")};
}

void InterpreterRun::Act(const std::string& name, UserObject& hook,
                         const std::string& event) {
  const Statement* act = nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    act = std::exchange(hook.hook->acts[event], nullptr);
  }
  if (act == nullptr) return;
  int& depth = ThisThread().act_depth;
  if (depth + 1 > kMaxActDepth) return Fail(ActsTooDeep(*act));
  ++depth;
  try {
    Execute(act->body);
  } catch (const ThrownBy& thrown) {
    Fail(ThrownByHook(*thrown.thrower,
                      NameOfException(std::current_exception()), name));
  } catch (...) {
    Fail(ThrownByHook(*act, NameOfException(std::current_exception()), name));
  }
  --ThisThread().act_depth;
}

void InterpreterRun::StepHook(const Statement& statement) {
  const std::string& name = statement.name();
  if (statement.operation == Operation::kHook) {
    return DefineOnce(name, ObjectKind::kHook, [&](UserObject& object) {
      object.hook.emplace();
      object.hook->hook.emplace(CreateHook(CallbacksOf(name, object)));
    });
  }
  const UserObjectRef object = Get(statement, name, ObjectKind::kHook);
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

}  // namespace weft::conformance
