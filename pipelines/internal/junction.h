// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Where the items of one section of a pipeline become those of the next: one
// item many, or many one. Without types, as stages are: PipelineRun says when,
// and a junction does what needs the types.

#ifndef WEFT_PIPELINES_INTERNAL_JUNCTION_H_
#define WEFT_PIPELINES_INTERNAL_JUNCTION_H_

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <utility>
#include <vector>

#include "weft/pipelines/internal/item_value.h"
#include "weft/pipelines/internal/stage.h"

namespace weft::pipelines_internal {

// Thread-compatible.
class Junction {
 public:
  enum class Kind {
    kEach,   // an item's range: each element is an item
    kBatch,  // `size()` items, of any origin, are one
    kGather  // the items of one range are one
  };

  Junction(Kind kind, std::size_t size) : kind_(kind), size_(size) {}
  Junction(const Junction&) = delete;
  Junction& operator=(const Junction&) = delete;
  virtual ~Junction() = default;

  Kind kind() const noexcept { return kind_; }
  std::size_t size() const noexcept { return size_; }
  const char* name() const noexcept {
    return kind_ == Kind::kEach    ? "Each()"
           : kind_ == Kind::kBatch ? "Batch()"
                                   : "Gather()";
  }
  // For kEach: true if a junction further on gathers its items.
  bool is_gathered() const noexcept { return is_gathered_; }
  void set_gathered() noexcept { is_gathered_ = true; }

  // Takes in `value`, of an item that has arrived: opens it for Next(), or
  // moves it to the end of `gathered`, which holds those before it or nothing.
  // Returns how many it holds then.
  virtual std::size_t Arrive(ItemValue& value, ItemValue& gathered) = 0;
  // Moves what is gathered, perhaps nothing, to `held`, which holds nothing.
  virtual void Complete(ItemValue& gathered, ItemValue& held) = 0;
  // Moves the next value of `held`, if there is another, to `next`, which holds
  // nothing. Returns true if others come after it.
  virtual bool Next(ItemValue& held, ItemValue& next) = 0;

 private:
  const Kind kind_;
  const std::size_t size_;
  bool is_gathered_ = false;
};

template <typename Range>
class EachOf final : public Junction {
 public:
  EachOf() : Junction(Kind::kEach, 1) {}

  std::size_t Arrive(ItemValue& value, ItemValue&) override {
    Open open{std::move(value.As<Range>()), std::nullopt};
    value.ResetA<Range>();
    value.Set(std::move(open));
    return 1;
  }
  void Complete(ItemValue&, ItemValue&) override {}
  bool Next(ItemValue& held, ItemValue& next) override {
    Open& open = held.As<Open>();
    // Only now: the range has moved for the last time.
    if (!open.at) open.at.emplace(std::ranges::begin(open.range));
    if (*open.at == std::ranges::end(open.range)) return false;
    next.Set(
        std::ranges::range_value_t<Range>(std::ranges::iter_move(*open.at)));
    ++*open.at;
    return *open.at != std::ranges::end(open.range);
  }

 private:
  struct Open {
    Range range;
    std::optional<std::ranges::iterator_t<Range>> at;  // not begun: none
  };
};

template <typename T>
class VectorOf final : public Junction {
 public:
  VectorOf(Kind kind, std::size_t size) : Junction(kind, size) {}

  std::size_t Arrive(ItemValue& value, ItemValue& gathered) override {
    if (!gathered.has_value()) gathered.Set(std::vector<T>());
    std::vector<T>& values = gathered.As<std::vector<T>>();
    values.push_back(std::move(value.As<T>()));
    value.ResetA<T>();
    return values.size();
  }
  void Complete(ItemValue& gathered, ItemValue& held) override {
    if (gathered.has_value()) {
      Next(gathered, held);
    } else {
      held.Set(std::vector<T>());
    }
  }
  bool Next(ItemValue& held, ItemValue& next) override {
    next.Set(std::move(held.As<std::vector<T>>()));
    held.ResetA<std::vector<T>>();
    return false;
  }
};

// A part of a chain: the stages behind a junction, or behind the source, which
// is the first of its stages.
struct SectionStages {
  std::unique_ptr<Junction> junction;  // null: it has the source
  StageList stages;
};

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_JUNCTION_H_
