// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Loops over a range of indexes. A range is split while thieves have emptied
// the deque.

#ifndef WEFT_EXECUTOR_INTERNAL_JOIN_LOOP_H_
#define WEFT_EXECUTOR_INTERNAL_JOIN_LOOP_H_

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <exception>
#include <optional>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/join/fork_join.h"
#include "weft/executor/internal/join/forked_job.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/executor/internal/workers/worker.h"
#include "weft/hooks/providers.h"

namespace weft::executor_internal {

struct LoopKind {
  static constexpr const char* kFunction = "ParallelFor";
  static constexpr std::string_view kType = ProviderName(Provider::kLoopTask);
};
struct ReduceKind {
  static constexpr const char* kFunction = "ParallelReduce";
  static constexpr std::string_view kType = ProviderName(Provider::kLoopTask);
};

// Throws CancelledError or DeadlineExceededError if the flow of the part of a
// loop that is running here has reached a limit.
void ThrowAtLimit(const Engine& engine, const context_internal::Limits& limits);
inline void CheckLimits(const Engine& engine) {
  const context_internal::Limits limits = LimitsHere();
  if (limits.any()) [[unlikely]]
    ThrowAtLimit(engine, limits);
}

// Returns how many workers a loop may count on.
int ConcurrencyOf(Engine& engine) noexcept;

// Returns the length of a range as a distance from its beginning, which cannot
// overflow.
template <std::integral Index>
constexpr std::size_t RangeSize(Index first, Index last) noexcept {
  using Unsigned = std::make_unsigned_t<Index>;
  return last <= first ? 0
                       : static_cast<Unsigned>(static_cast<Unsigned>(last) -
                                               static_cast<Unsigned>(first));
}

template <std::integral Index>
constexpr Index IndexAt(Index first, std::size_t offset) noexcept {
  using Unsigned = std::make_unsigned_t<Index>;
  return static_cast<Index>(static_cast<Unsigned>(
      static_cast<Unsigned>(first) + static_cast<Unsigned>(offset)));
}

inline std::size_t GrainOf(Engine& engine, std::size_t size,
                           std::size_t grain) noexcept {
  constexpr std::size_t kPartsPerWorker = 32;
  if (grain > 0) return grain;
  return std::max<std::size_t>(
      size /
          (kPartsPerWorker * static_cast<std::size_t>(ConcurrencyOf(engine))),
      1);
}

// Folds a range: `part(begin, end)` is called for pieces of about the grain,
// `combine(left, right)` for the results of neighbours.
template <typename Kind, typename Part, typename Combine>
class Fold {
 public:
  using Result = std::invoke_result_t<const Part&, std::size_t, std::size_t>;

  Fold(ForkSite site, std::size_t grain, const Part& part,
       const Combine& combine) noexcept
      : site_(site), grain_(grain), part_(part), combine_(combine) {}

  // Folds [begin, end), which is not empty. Forks half of what is left whenever
  // nothing that this worker has forked is left to steal.
  Result Run(Worker& worker, std::size_t begin, std::size_t end) const {
    std::optional<Result> before;  // result for what lies before `begin`
    const auto add = [&](Result result) {
      return before ? combine_(*std::move(before), std::move(result))
                    : std::move(result);
    };
    while (end - begin > grain_) {
      if (worker.forked_empty()) return add(Split(worker, begin, end));
      before = add(part_(begin, begin + grain_));
      begin += grain_;
    }
    return add(part_(begin, end));
  }

  // The same where no worker's queue tells whether it pays to fork.
  Result RunIn(Engine& engine, std::size_t begin, std::size_t end) const {
    if (end - begin <= grain_) return part_(begin, end);
    const std::size_t middle = begin + (end - begin) / 2;
    auto left = [&] { return RunIn(engine, begin, middle); };
    auto right = [&] { return RunIn(engine, middle, end); };
    auto [of_left, of_right] = JoinIn<Kind>(engine, site_, left, right);
    return combine_(std::move(of_left), std::move(of_right));
  }

 private:
  Result Split(Worker& worker, std::size_t begin, std::size_t end) const {
    const std::size_t middle = begin + (end - begin) / 2;
    auto left = [&] { return Run(worker, begin, middle); };
    // If it is stolen, it runs on another worker.
    auto right = [&] { return Run(*thread_state.worker, middle, end); };
    auto [of_left, of_right] = JoinOn<Kind>(worker, site_, left, right);
    return combine_(std::move(of_left), std::move(of_right));
  }

  const ForkSite site_;
  const std::size_t grain_;
  const Part& part_;
  const Combine& combine_;
};

// Folds [0, size), which is not empty, as a task of `engine`.
template <typename Kind, typename Part, typename Combine>
auto FoldIn(Engine& engine, std::size_t size, std::size_t grain,
            const Part& part, const Combine& combine,
            std::source_location where) {
  const ForkSite site = ForkSite::Here(where);
  const bool without_worker = ForksWithoutWorker(engine);
  const Fold<Kind, Part, Combine> fold(
      site, RunsInline(engine) ? size : GrainOf(engine, size, grain), part,
      combine);
  auto all = [&] {
    Worker* const worker = thread_state.worker;
    return without_worker || worker == nullptr ? fold.RunIn(engine, 0, size)
                                               : fold.Run(*worker, 0, size);
  };
  ResultsOf<decltype(all)> results;
  bool is_value = false;
  if (without_worker || WorkerHere(engine) != nullptr) {
    CheckStack(Kind::kFunction);
    std::optional<InlineRun> run;
    if (without_worker) run.emplace(engine);
    ForkedJobs<Kind, decltype(all)> forked(site, all);
    is_value = forked.job().RunUnforked(
        [&engine] { return WorkerIdHere(engine); }, results.first());
  } else {
    is_value = RunQueued<Kind>(engine, site, all, results.first());
  }
  if (!is_value) std::rethrow_exception(results.first().TakeException());
  return results.first().Take();
}

// Implements ParallelFor(): a fold without a result.
template <std::integral Index, typename Body>
void For(Engine& engine, Index first, Index last, std::size_t grain,
         const Body& body, std::source_location where) {
  struct Nothing {};
  const std::size_t size = RangeSize(first, last);
  if (size == 0) return;
  FoldIn<LoopKind>(
      engine, size, grain,
      [&](std::size_t begin, std::size_t end) {
        CheckLimits(engine);
        for (std::size_t i = begin; i < end; ++i) body(IndexAt(first, i));
        return Nothing();
      },
      [](Nothing, Nothing) { return Nothing(); }, where);
}

// Implements ParallelReduce().
template <std::integral Index, typename T, typename Map, typename Combine>
T Reduce(Engine& engine, Index first, Index last, std::size_t grain,
         const T& identity, const Map& map, const Combine& combine,
         std::source_location where) {
  const std::size_t size = RangeSize(first, last);
  if (size == 0) return identity;
  return FoldIn<ReduceKind>(
      engine, size, grain,
      [&](std::size_t begin, std::size_t end) {
        CheckLimits(engine);
        T result = identity;
        for (std::size_t i = begin; i < end; ++i) {
          result = combine(std::move(result), map(IndexAt(first, i)));
        }
        return result;
      },
      [&](T left, T right) -> T {
        return combine(std::move(left), std::move(right));
      },
      where);
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_JOIN_LOOP_H_
