// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/simulation/strategy.h"

#include <algorithm>
#include <functional>

namespace weft::executor_internal {

std::shared_ptr<Strategy> MakeStrategy(const SimulationOptions& options) {
  options.Validate();
  switch (options.strategy) {
    case ScheduleStrategy::kPriorities:
      return std::make_shared<PriorityStrategy>(options.seed, options.depth,
                                                options.length);
    case ScheduleStrategy::kRoundRobin:
      return std::make_shared<RoundRobin>();
    case ScheduleStrategy::kExhaustive:
      return std::make_shared<Enumeration>(
          static_cast<std::size_t>(options.depth));
    case ScheduleStrategy::kRandomWalk:
      break;
  }
  return std::make_shared<RandomWalk>(options.seed);
}

std::size_t RandomWalk::Choose(std::span<const std::uint64_t> options, bool) {
  // The remainder favours the first ones by less than one in 2^50.
  return static_cast<std::size_t>(random_() % options.size());
}

PriorityStrategy::PriorityStrategy(std::uint64_t seed, int depth,
                                   std::uint64_t length)
    : random_(seed) {
  for (int i = 1; i < depth; ++i) {
    changes_.push_back(1 + random_() % std::max<std::uint64_t>(length, 1));
  }
  std::sort(changes_.begin(), changes_.end(), std::greater<>());
}

std::uint64_t PriorityStrategy::Priority(std::uint64_t job) {
  const auto [place, is_new] = priorities_.try_emplace(job, 0);
  // Above those that a change gives.
  if (is_new) place->second = (random_() >> 1) | (std::uint64_t{1} << 62);
  return place->second;
}

std::size_t PriorityStrategy::Highest(std::span<const std::uint64_t> options) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < options.size(); ++i) {
    if (Priority(options[i]) > Priority(options[best])) best = i;
  }
  return best;
}

std::size_t PriorityStrategy::Choose(std::span<const std::uint64_t> options,
                                     bool) {
  ++steps_;
  while (!changes_.empty() && changes_.back() <= steps_) {
    priorities_[options[Highest(options)]] = changes_.size();
    changes_.pop_back();
  }
  return Highest(options);
}

std::size_t RoundRobin::Choose(std::span<const std::uint64_t> options, bool) {
  std::size_t next = options.size();
  std::size_t lowest = 0;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (options[i] < options[lowest]) lowest = i;
    if (options[i] > last_ &&
        (next == options.size() || options[i] < options[next])) {
      next = i;
    }
  }
  if (next == options.size()) next = lowest;
  last_ = options[next];
  return next;
}

std::size_t Enumeration::Choose(std::span<const std::uint64_t> options,
                                bool may_stay) {
  if (may_stay && preemptions_ == max_preemptions_) return 0;
  if (step_ == path_.size()) {
    path_.push_back({0, static_cast<std::uint32_t>(options.size())});
  }
  const std::size_t taken =
      std::min<std::size_t>(path_[step_++].taken, options.size() - 1);
  if (may_stay && taken != 0) ++preemptions_;
  return taken;
}

bool Enumeration::Next() noexcept {
  path_.resize(std::min(path_.size(), step_));
  step_ = 0;
  preemptions_ = 0;
  while (!path_.empty() && path_.back().taken + 1 == path_.back().options) {
    path_.pop_back();
  }
  if (path_.empty()) return false;
  ++path_.back().taken;
  return true;
}

std::size_t Replay::Choose(std::span<const std::uint64_t> options, bool) {
  if (step_ == choices_.size()) return 0;
  return std::min<std::size_t>(choices_[step_++].taken, options.size() - 1);
}

}  // namespace weft::executor_internal
