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

#include "weft/pipelines/stage_mode.h"

namespace weft::pipelines_internal {

// The value that passes from stage to stage; null: none does.
struct StageValue {
  virtual ~StageValue() = default;
};
using StageValuePtr = std::unique_ptr<StageValue>;

template <typename T>
struct StageValueOf final : StageValue {
  explicit StageValueOf(T&& v) : value(std::move(v)) {}
  T value;
};

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

// `T` is what a stage returns, by value.
template <typename T>
StageValuePtr Wrap(T value) {
  if constexpr (std::is_same_v<T, PassedOn<T>>) {
    return std::make_unique<StageValueOf<T>>(std::move(value));
  } else {
    return value ? Wrap<PassedOn<T>>(*std::move(value)) : nullptr;
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

  // `input` has the stage's type, or is null for a source.
  virtual StageValuePtr Call(StageValuePtr input) = 0;

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

  StageValuePtr Call(StageValuePtr input) override {
    if constexpr (std::is_void_v<In>) {
      return Wrap<std::decay_t<std::invoke_result_t<Fn&>>>(fn_());
    } else {
      In& value = static_cast<StageValueOf<In>&>(*input).value;
      if constexpr (std::is_void_v<std::invoke_result_t<Fn&, In>>) {
        fn_(std::move(value));
        return nullptr;
      } else {
        using Out = std::decay_t<std::invoke_result_t<Fn&, In>>;
        return Wrap<Out>(fn_(std::move(value)));
      }
    }
  }

 private:
  Fn fn_;
};

using StageList = std::vector<std::unique_ptr<Stage>>;

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_STAGE_H_
