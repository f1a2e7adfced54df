// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Who goes on next, of those that may.

#ifndef WEFT_EXECUTOR_INTERNAL_SIMULATION_STRATEGY_H_
#define WEFT_EXECUTOR_INTERNAL_SIMULATION_STRATEGY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "weft/executor/simulation/simulation_options.h"

namespace weft::executor_internal {

// A choice that was made: which one of how many.
struct Choice {
  std::uint32_t taken;
  std::uint32_t options;
};

// Makes the choices of one schedule. Owner-only.
class Strategy {
 public:
  virtual ~Strategy() = default;

  // Returns the index of one of `options`, which are two or more: the numbers
  // of jobs, each given once in a schedule and greater than those before it. If
  // `may_stay` the first is the one that runs now, and has not ended or begun
  // to wait; to take another one is to preempt it.
  virtual std::size_t Choose(std::span<const std::uint64_t> options,
                             bool may_stay) = 0;
};

// Makes one that is asked for. Throws std::invalid_argument for an option out
// of its range.
std::shared_ptr<Strategy> MakeStrategy(const SimulationOptions& options);

// Any of them, each as likely as the others.
class RandomWalk final : public Strategy {
 public:
  explicit RandomWalk(std::uint64_t seed) : random_(seed) {}
  std::size_t Choose(std::span<const std::uint64_t> options, bool) override;

 private:
  std::mt19937_64 random_;
};

// Probabilistic concurrency testing, by S. Burckhardt, P. Kothari, M. Musuvathi
// and S. Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of
// Finding Bugs", ASPLOS 2010. Each job has a random priority, and the highest
// runs; at `depth` - 1 random steps of the first `length` the one that runs
// gets a priority below all others. Of n jobs in k steps, a bug that `depth`
// orderings of two steps make appear is found with a probability of at least
// 1 / (n * k^(depth - 1)).
class PriorityStrategy final : public Strategy {
 public:
  PriorityStrategy(std::uint64_t seed, int depth, std::uint64_t length);
  std::size_t Choose(std::span<const std::uint64_t> options,
                     bool may_stay) override;

 private:
  std::uint64_t Priority(std::uint64_t job);
  std::size_t Highest(std::span<const std::uint64_t> options);

  std::mt19937_64 random_;
  std::uint64_t steps_ = 0;
  std::vector<std::uint64_t> changes_;  // the steps, descending
  std::unordered_map<std::uint64_t, std::uint64_t> priorities_;
};

// Each in turn.
class RoundRobin final : public Strategy {
 public:
  std::size_t Choose(std::span<const std::uint64_t> options,
                     bool may_stay) override;

 private:
  std::uint64_t last_ = 0;
};

// All schedules with up to so many preemptions, one after the other, in depth
// first order.
class Enumeration final : public Strategy {
 public:
  explicit Enumeration(std::size_t max_preemptions) noexcept
      : max_preemptions_(max_preemptions) {}

  std::size_t Choose(std::span<const std::uint64_t> options,
                     bool may_stay) override;
  // Call it when a schedule has ended: begins the next one. Returns false if
  // there is none.
  bool Next() noexcept;

 private:
  const std::size_t max_preemptions_;
  std::size_t preemptions_ = 0;
  std::size_t step_ = 0;
  std::vector<Choice> path_;
};

// The choices given, and from there on the first of the options: whatever runs
// goes on, and of those that wait the oldest comes first.
class Replay final : public Strategy {
 public:
  explicit Replay(std::vector<Choice> choices) noexcept
      : choices_(std::move(choices)) {}
  std::size_t Choose(std::span<const std::uint64_t> options,
                     bool may_stay) override;

 private:
  const std::vector<Choice> choices_;
  std::size_t step_ = 0;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_SIMULATION_STRATEGY_H_
