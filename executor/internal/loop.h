// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Ranges of indexes, split as long as somebody is hungry.

#ifndef WEFT_EXECUTOR_INTERNAL_LOOP_H_
#define WEFT_EXECUTOR_INTERNAL_LOOP_H_

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <source_location>
#include <type_traits>

#include "weft/executor/internal/fork_join.h"
#include "weft/executor/internal/forked_job.h"
#include "weft/executor/internal/submission.h"
#include "weft/executor/internal/worker.h"

namespace weft::executor_internal {

// How many workers a loop may count on.
int ConcurrencyOf(Engine& engine) noexcept;

// A range as its distance from its beginning, which cannot overflow.
template <std::integral Index>
constexpr std::size_t RangeSize(Index first, Index last) noexcept {
  using Unsigned = std::make_unsigned_t<Index>;
  return last <= first ? 0
                       : static_cast<Unsigned>(static_cast<Unsigned>(last) -
                                               static_cast<Unsigned>(first));
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

// Folds [begin, end): `part(begin, end)` is called for pieces of about `grain`,
// `combine(left, right)` of the results of neighbours.
template <typename Part>
class Splitter {
 public:
  Splitter(ForkSite site, std::size_t grain, const Part& part) noexcept
      : site_(site), grain_(grain), part_(part) {}

  using Result = std::invoke_result_t<const Part&, std::size_t, std::size_t>;

  // Calls `part` for pieces of about the grain; forks half of what is left
  // whenever nothing of what was forked is left to steal.
  void Run(Worker& worker, std::size_t begin, std::size_t end) const {
    while (end - begin > grain_) {
      if (worker.forked_empty()) {
        const std::size_t middle = begin + (end - begin) / 2;
        auto left = [&] { Run(worker, begin, middle); };
        // Stolen, it runs on another worker.
        auto right = [&] { Run(*thread_state.worker, middle, end); };
        return JoinOn<LoopKind>(worker, site_, left, right);
      }
      part_(begin, begin + grain_);
      begin += grain_;
    }
    part_(begin, end);
  }

 private:
  const ForkSite site_;
  const std::size_t grain_;
  const Part& part_;
};

template <std::integral Index, typename Body>
void Loop(Engine& engine, Index first, Index last, std::size_t grain,
          const Body& body, std::source_location where) {
  const std::size_t size = RangeSize(first, last);
  if (size == 0) return;
  const ForkSite site = ForkSite::Here(where);
  const auto part = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      body(static_cast<Index>(first + static_cast<Index>(i)));
    }
  };
  if (RunsInline(engine)) {
    auto all = [&] { part(0, size); };
    ForkedJob<LoopKind, decltype(all)> job(site, all);
    job.RunUnforked([&engine] { return WorkerIdHere(engine); });
    return job.outcome().Rethrow();
  }
  const Splitter<decltype(part)> splitter(site, GrainOf(engine, size, grain),
                                          part);
  auto all = [&] { splitter.Run(*thread_state.worker, 0, size); };
  ForkedJob<LoopKind, decltype(all)> job(site, all);
  if (Worker* const worker = WorkerHere(engine)) {
    if (worker->StackIsShort()) ThrowStackLimit(LoopKind::kFunction);
    job.RunUnforked([worker] { return worker->id(); });
  } else {
    AcceptFork(engine);
    job.EmitQueued();
    QueueFork(engine, job);
    AwaitFork(engine, job.done());
  }
  job.outcome().Rethrow();
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_LOOP_H_
