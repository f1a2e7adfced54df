// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Stages without their types, which Pipeline has checked: PipelineRun, a plain
// class, runs them.

#ifndef WEFT_PIPELINES_INTERNAL_STAGE_H_
#define WEFT_PIPELINES_INTERNAL_STAGE_H_

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

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
  virtual void Call(ItemValue& value) = 0;

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

  void Call(ItemValue& value) override {
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
  }

 private:
  Fn fn_;
};

using StageList = std::vector<std::unique_ptr<Stage>>;

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_STAGE_H_
