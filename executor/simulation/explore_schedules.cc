// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/simulation/explore_schedules.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "weft/base/describe_exception.h"
#include "weft/executor/internal/simulation/simulated_engine.h"
#include "weft/executor/internal/simulation/simulation.h"
#include "weft/executor/internal/simulation/strategy.h"
#include "weft/executor/internal/simulation/task_history.h"
#include "weft/executor/shutdown.h"

namespace weft {

using executor_internal::Choice;
using executor_internal::Enumeration;
using executor_internal::Replay;
using executor_internal::RoundRobin;
using executor_internal::SimulatedEngine;
using executor_internal::Strategy;
using executor_internal::TaskHistory;
using executor_internal::TaskLogs;

using Body = std::function<void(SimulatedExecutor&)>;
using Choices = std::vector<Choice>;

namespace {

// How often a failing schedule is run again to make it shorter.
constexpr int kMostAttempts = 1000;

// How many choices more than twice those of the first schedule one may have.
constexpr std::size_t kMoreChoices = 8;

// How many steps of a schedule are written.
constexpr std::size_t kMostStepsShown = 200;

// Returns N of the argument --weft_seed=N of this process. Throws
// std::invalid_argument if that is no number.
std::optional<std::uint64_t> SeedOfCommandLine() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  constexpr std::string_view kFlag = "--weft_seed=";
  for (std::string argument; std::getline(file, argument, '\0');) {
    if (!argument.starts_with(kFlag)) continue;
    std::uint64_t seed = 0;
    const char* const end = argument.data() + argument.size();
    const auto [read, error] =
        std::from_chars(argument.data() + kFlag.size(), end, seed);
    if (error == std::errc() && read == end) return seed;
    throw std::invalid_argument(argument + ": must be a number from 0");
  }
  return std::nullopt;
}

SimulationOptions OfOne(const ExplorationOptions& options, std::uint64_t seed) {
  SimulationOptions one;
  one.seed = seed;
  one.workers = options.workers;
  one.strategy = options.strategy;
  one.depth = options.depth;
  one.max_steps = options.max_steps;
  return one;
}

// Returns the choices without those at the end that Replay would make anyway.
Choices Trimmed(Choices choices) {
  while (!choices.empty() && choices.back().taken == 0) choices.pop_back();
  return choices;
}

std::size_t CountOthers(const Choices& choices) {
  return static_cast<std::size_t>(
      std::count_if(choices.begin(), choices.end(),
                    [](const Choice& choice) { return choice.taken != 0; }));
}

}  // namespace

// What the runs of an exploration have in common.
struct ScheduleRuns {
  SimulationOptions options;
  const Body& body;
  TaskHistory::Options watched;
  std::optional<TaskLogs> expected;  // what each run must have logged
};

// One schedule.
class ScheduleRun {
 public:
  using Traced = SimulatedEngine::Traced;

  ScheduleRun(const ScheduleRuns& runs, std::shared_ptr<Strategy> strategy,
              Traced traced = Traced::kNo) {
    std::string thrown;
    SimulationOptions own = runs.options;
    own.on_unhandled_exception = [&thrown](const std::exception_ptr& error) {
      if (thrown.empty()) {
        thrown = "a task threw " + base::DescribeException(error);
      }
    };
    TaskHistory::Options watched = runs.watched;
    watched.is_traced = traced == Traced::kYes;
    const auto engine = SimulatedEngine::Make(own, std::move(strategy), traced);
    executor_internal::Simulation& simulation = *engine->simulation();
    TaskHistory history(simulation, watched);
    {
      SimulatedExecutor executor{
          std::shared_ptr<executor_internal::Engine>(engine)};
      try {
        runs.body(executor);
        executor.Drain();
      } catch (...) {
        if (thrown.empty()) {
          thrown = base::DescribeException(std::current_exception());
        }
      }
      if (!thrown.empty()) executor.Shutdown(OnShutdown::kStop);
    }
    failure = simulation.failure().empty() ? thrown : simulation.failure();
    logs = history.TakeLogs();
    if (failure.empty() && runs.expected.has_value()) {
      failure = runs.expected->DifferenceIn(logs);
    }
    all_choices = simulation.choices();
    choices = Trimmed(all_choices);
    steps = simulation.trace();
  }

  // True if it shows the same with less.
  bool IsShorterThan(const ScheduleRun& other) const {
    const std::size_t own = CountOthers(choices);
    const std::size_t others = CountOthers(other.choices);
    return own != others ? own < others
                         : all_choices.size() < other.all_choices.size();
  }

  std::string failure;  // empty: it has not failed
  Choices all_choices;
  Choices choices;  // without those that Replay would make anyway
  std::vector<std::string> steps;
  TaskLogs logs;
};

namespace {

// Makes a failing schedule shorter: so that, where possible, whatever runs goes
// on and the oldest comes first.
class Shortening {
 public:
  Shortening(const ScheduleRuns& runs, const ScheduleRun& failed)
      : runs_(runs), shortest_(failed) {}

  const Choices& Shortest() {
    while (!IsOver() && Reduce()) continue;
    if (CountOthers(shortest_.choices) > 1) SwitchOnce();
    return shortest_.choices;
  }

 private:
  bool IsOver() const { return attempts_ >= kMostAttempts; }

  // Returns true if that is a shorter schedule that fails.
  bool Try(const Choices& choices) {
    ++attempts_;
    ScheduleRun run(runs_, std::make_shared<Replay>(choices));
    if (run.failure.empty() || !run.IsShorterThan(shortest_)) return false;
    shortest_ = std::move(run);
    return true;
  }

  // Makes parts of it so, or leaves them out, first large ones (delta
  // debugging; Zeller and Hildebrandt, "Simplifying and Isolating
  // Failure-Inducing Input", 2002). Returns true if that has helped.
  bool Reduce() {
    bool has_helped = false;
    for (auto part = std::ssize(shortest_.choices); part > 0; part /= 2) {
      std::ptrdiff_t begin = 0;
      while (!IsOver() && begin < std::ssize(shortest_.choices)) {
        const auto end = std::min(begin + part, std::ssize(shortest_.choices));
        Choices plain = shortest_.choices;
        std::for_each(plain.begin() + begin, plain.begin() + end,
                      [](Choice& choice) { choice.taken = 0; });
        Choices without = shortest_.choices;
        without.erase(without.begin() + begin, without.begin() + end);
        const bool is_other =
            CountOthers(plain) != CountOthers(shortest_.choices);
        if ((is_other && Try(plain)) || Try(without)) {
          has_helped = true;
        } else {
          begin += part;
        }
      }
    }
    return has_helped;
  }

  // Looks among the schedules with one choice of another kind.
  void SwitchOnce() {
    const ScheduleRun plain(runs_, std::make_shared<Replay>(Choices{}));
    for (std::size_t at = 0; at < plain.all_choices.size(); ++at) {
      const std::uint32_t options = plain.all_choices[at].options;
      for (std::uint32_t taken = 1; taken < options; ++taken) {
        Choices tried(at, {0, 0});
        tried.push_back({taken, options});
        if (IsOver() || Try(tried)) return;
      }
    }
  }

  const ScheduleRuns& runs_;
  ScheduleRun shortest_;
  int attempts_ = 0;
};

ScheduleFailure Explain(const ScheduleRuns& runs, const ScheduleRun& failed) {
  const ScheduleRun shortest(
      runs, std::make_shared<Replay>(Shortening(runs, failed).Shortest()),
      ScheduleRun::Traced::kYes);
  ScheduleFailure failure{failed.failure, runs.options.seed, shortest.steps};
  if (!shortest.failure.empty()) {
    failure.message = shortest.failure;
  } else {
    failure.message +=
        "\nIt has not failed again under the same schedule: it depends on "
        "something else, such as the time, an address, or what an earlier run "
        "has left";
  }
  std::fprintf(stderr, "%s\n", failure.report().c_str());
  return failure;
}

// Throws std::invalid_argument.
void CheckBound(const ExplorationOptions& options) {
  if (options.max_queued_steps == 0 ||
      options.strategy == ScheduleStrategy::kRandomWalk ||
      options.strategy == ScheduleStrategy::kRoundRobin) {
    return;
  }
  throw std::invalid_argument("ExplorationOptions::max_queued_steps is " +
                              std::to_string(options.max_queued_steps) +
                              "; under kPriorities and kExhaustive, which let "
                              "tasks wait themselves, it "
                              "must be 0");
}

}  // namespace

std::string ScheduleFailure::report() const {
  std::string text = "weft: a schedule fails: " + message +
                     "\nweft: its seed is " + std::to_string(seed) +
                     " (--weft_seed=" + std::to_string(seed) +
                     "); the shortest schedule found that fails:";
  const std::size_t shown = std::min(steps.size(), kMostStepsShown);
  for (std::size_t i = 0; i < shown; ++i) text += "\n  " + steps[i];
  if (shown < steps.size()) {
    text += "\n  and " + std::to_string(steps.size() - shown) + " more";
  }
  return text;
}

Exploration ExploreSchedules(const ExplorationOptions& options,
                             const Body& body) {
  CheckBound(options);
  const auto end = context_internal::Later(std::chrono::steady_clock::now(),
                                           options.stop_after);
  const bool is_exhaustive = options.strategy == ScheduleStrategy::kExhaustive;
  std::optional<std::uint64_t> only;
  if (!is_exhaustive) only = SeedOfCommandLine();
  ScheduleRuns runs{OfOne(options, only.value_or(options.seed)), body,
                    TaskHistory::Options{}, std::nullopt};
  runs.watched.has_logs = options.compare_logs;
  runs.watched.max_queued = options.max_queued_steps;
  const auto enumeration = std::make_shared<Enumeration>(
      static_cast<std::size_t>(std::max(options.depth, 0)));
  if (options.compare_logs) {
    ScheduleRun first(runs, std::make_shared<Replay>(Choices{}));
    if (!first.failure.empty()) return {1, Explain(runs, first)};
    runs.expected = std::move(first.logs);
  }
  if (options.strategy == ScheduleStrategy::kPriorities) {
    const ScheduleRun first(runs, std::make_shared<RoundRobin>());
    if (!first.failure.empty()) return {1, Explain(runs, first)};
    // Others may be longer.
    runs.options.length = 2 * first.all_choices.size() + kMoreChoices;
  }
  if (is_exhaustive) runs.options.seed = 0;
  std::size_t count = 0;
  while (count < (only.has_value() ? 1 : options.schedules) &&
         std::chrono::steady_clock::now() < end) {
    const ScheduleRun run(
        runs, is_exhaustive ? std::shared_ptr<Strategy>(enumeration)
                            : executor_internal::MakeStrategy(runs.options));
    ++count;
    if (!run.failure.empty()) return {count, Explain(runs, run)};
    if (is_exhaustive && !enumeration->Next()) break;
    ++runs.options.seed;
  }
  return {count, std::nullopt};
}

}  // namespace weft
