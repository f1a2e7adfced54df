// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Stages without their types, which Pipeline has checked: PipelineRun, a plain
// class, runs them.

#ifndef WEFT_PIPELINES_INTERNAL_STAGE_H_
#define WEFT_PIPELINES_INTERNAL_STAGE_H_

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weft/executor/coroutine.h"
#include "weft/executor/task_group.h"
#include "weft/pipelines/internal/item_value.h"
#include "weft/pipelines/stage_mode.h"

namespace weft::pipelines_internal {

// The type that the next stage gets where this one returns a `T`.
template <typename T>
struct PassedOnFrom {
  using type = T;
};
template <typename T>
struct PassedOnFrom<std::optional<T>> {
  using type = T;
};
template <typename T>
struct PassedOnFrom<Task<T>> : PassedOnFrom<std::decay_t<T>> {};
template <typename T>
using PassedOn = typename PassedOnFrom<std::decay_t<T>>::type;

// Sets what a stage has returned, by value; leaves `value`, which holds
// nothing, as it is where that is none.
template <typename T>
void SetResult(ItemValue& value, T result) {
  if constexpr (std::is_same_v<T, PassedOn<T>>) {
    value.Set(std::move(result));
  } else {
    if (result) SetResult<PassedOn<T>>(value, *std::move(result));
  }
}

// A function that returns the next item, or nothing when there is none.
template <typename Fn>
concept SourceFunction =
    requires(Fn& fn) { []<typename T>(std::optional<T>) {}(fn()); };

// Who goes on with an item when the coroutine of a stage has ended.
class WayBack {
 public:
  virtual void GoOn() noexcept = 0;

 protected:
  ~WayBack() = default;
};

class Stage {
 public:
  Stage(std::string name, StageMode mode)
      : name_(std::move(name)), mode_(mode) {}
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  virtual ~Stage() = default;

  const std::string& name() const noexcept { return name_; }
  StageMode mode() const noexcept { return mode_; }

  // Replaces `value`, which is of the stage's type, or none for a source, by
  // what the stage makes of it: none after the last, or if the item is dropped.
  // Returns false where that is yet to come, from a coroutine: then `value`
  // holds that, and Start() is to be called, when the item is not on this
  // thread any more.
  virtual bool Call(ItemValue& value) = 0;
  // Starts the coroutine, as one of `group`. It calls `back` last, perhaps
  // before this returns; Finish() is the rest of Call() then. Throws what
  // Spawn() throws, with the coroutine not started.
  virtual void Start(ItemValue&, TaskGroup&, WayBack&) {}
  virtual void Finish(ItemValue&) {}

 private:
  const std::string name_;
  const StageMode mode_;
};

// `In` is void for a source.
template <typename In, typename Fn>
class StageOf final : public Stage {
 public:
  StageOf(std::string name, StageMode mode, Fn fn)
      : Stage(std::move(name), mode), fn_(std::move(fn)) {}

  bool Call(ItemValue& value) override {
    if constexpr (std::is_void_v<In>) {
      SetResult<std::decay_t<std::invoke_result_t<Fn&>>>(value, fn_());
    } else if constexpr (std::is_void_v<std::invoke_result_t<Fn&, In>>) {
      fn_(std::move(value.As<In>()));
      value.ResetA<In>();
    } else {
      using Out = std::decay_t<std::invoke_result_t<Fn&, In>>;
      Out result = fn_(std::move(value.As<In>()));
      value.ResetA<In>();
      SetResult<Out>(value, std::move(result));
    }
    return true;
  }

 private:
  Fn fn_;
};

// A stage whose function returns a coroutine of a `T`.
template <typename In, typename Fn, typename T>
class CoroutineStageOf final : public Stage {
 public:
  CoroutineStageOf(std::string name, StageMode mode, Fn fn)
      : Stage(std::move(name), mode), fn_(std::move(fn)) {}

  bool Call(ItemValue& value) override {
    Awaited made{std::move(value.As<In>()), {}, {}, {}};
    value.ResetA<In>();
    value.Set(std::move(made));
    auto& awaited = value.As<Awaited>();
    awaited.task = fn_(std::move(awaited.argument));
    return false;
  }
  void Start(ItemValue& value, TaskGroup& group, WayBack& back) override {
    Spawn(group, Await(value.As<Awaited>(), back));
  }
  void Finish(ItemValue& value) override {
    auto& awaited = value.As<Awaited>();
    const std::exception_ptr failure = std::move(awaited.failure);
    std::optional<Result> result = std::move(awaited.result);
    value.ResetA<Awaited>();
    if (failure != nullptr) std::rethrow_exception(failure);
    if constexpr (!std::is_void_v<T>) {
      SetResult<Result>(value, *std::move(result));
    }
  }

 private:
  using Result =
      std::conditional_t<std::is_void_v<T>, std::monostate, std::decay_t<T>>;

  struct Awaited {
    In argument;  // to which the coroutine may refer
    Task<T> task;
    std::optional<Result> result;
    std::exception_ptr failure;
  };

  // Runs in the context of the run: no limit of the item's reaches it.
  static Task<> Await(Awaited& awaited, WayBack& back) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(awaited.task);
        awaited.result.emplace();
      } else {
        awaited.result.emplace(co_await std::move(awaited.task));
      }
    } catch (...) {
      awaited.failure = std::current_exception();
    }
    back.GoOn();
  }

  Fn fn_;
};

// The class of a stage whose function returns a `Returned`.
template <typename In, typename Fn, typename Returned>
struct StageFor {
  using type = StageOf<In, Fn>;
};
template <typename In, typename Fn, typename T>
struct StageFor<In, Fn, Task<T>> {
  using type = CoroutineStageOf<In, Fn, T>;
};

template <typename In, typename Fn>
std::unique_ptr<Stage> MakeStage(std::string name, StageMode mode, Fn fn) {
  using Returned = std::decay_t<std::invoke_result_t<Fn&, In>>;
  using Made = typename StageFor<In, Fn, Returned>::type;
  return std::make_unique<Made>(std::move(name), mode, std::move(fn));
}

using StageList = std::vector<std::unique_ptr<Stage>>;

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_STAGE_H_
