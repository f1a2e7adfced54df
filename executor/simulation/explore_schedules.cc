// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/simulation/explore_schedules.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "weft/base/describe_exception.h"
#include "weft/executor/internal/simulation/simulated_engine.h"
#include "weft/executor/internal/simulation/simulation.h"
#include "weft/executor/internal/simulation/strategy.h"
#include "weft/executor/shutdown.h"
#include "weft/hooks/async_hook.h"

namespace weft {

using executor_internal::Choice;
using executor_internal::Enumeration;
using executor_internal::Replay;
using executor_internal::RoundRobin;
using executor_internal::SimulatedEngine;
using executor_internal::Strategy;

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

// One schedule.
class ScheduleRun {
 public:
  ScheduleRun(const SimulationOptions& options,
              std::shared_ptr<Strategy> strategy, const Body& body,
              SimulatedEngine::Traced traced) {
    std::string thrown;
    SimulationOptions own = options;
    own.on_unhandled_exception = [&thrown](const std::exception_ptr& error) {
      if (thrown.empty()) {
        thrown = "a task threw " + base::DescribeException(error);
      }
    };
    const auto engine = SimulatedEngine::Make(own, std::move(strategy), traced);
    executor_internal::Simulation& simulation = *engine->simulation();
    const AsyncHook hook = TraceOf(simulation, traced);
    {
      SimulatedExecutor executor{
          std::shared_ptr<executor_internal::Engine>(engine)};
      try {
        body(executor);
        executor.Drain();
      } catch (...) {
        if (thrown.empty()) {
          thrown = base::DescribeException(std::current_exception());
        }
      }
      if (!thrown.empty()) executor.Shutdown(OnShutdown::kStop);
    }
    failure = simulation.failure().empty() ? thrown : simulation.failure();
    choices = Trimmed(simulation.choices());
    length = simulation.choices().size();
    steps = simulation.trace();
  }

  std::string failure;  // empty: it has not failed
  Choices choices;
  std::size_t length = 0;
  std::vector<std::string> steps;

 private:
  static AsyncHook TraceOf(executor_internal::Simulation& simulation,
                           SimulatedEngine::Traced traced) {
    HookCallbacks callbacks;
    callbacks.start = [&simulation](const StartEvent& event) {
      if (!simulation.IsHere()) return;
      const Resource& task = event.resource();
      simulation.Trace("runs a " + std::string(task.type()) +
                       ", submitted at " + task.source_location().file_name() +
                       ":" + std::to_string(task.source_location().line()));
    };
    AsyncHook hook = CreateHook(std::move(callbacks));
    if (traced == SimulatedEngine::Traced::kYes) hook.Enable();
    return hook;
  }
};

namespace {

// Returns a shorter schedule that fails too: where possible whatever runs goes
// on, and the oldest comes first.
Choices Shortened(const SimulationOptions& options, Choices choices,
                  const Body& body) {
  int attempts = 0;
  for (std::size_t part = choices.size(); part > 0; part /= 2) {
    for (std::size_t begin = 0; begin < choices.size(); begin += part) {
      Choices tried = choices;
      const std::size_t end = std::min(begin + part, tried.size());
      for (std::size_t i = begin; i < end; ++i) tried[i].taken = 0;
      if (CountOthers(tried) == CountOthers(choices)) continue;
      if (++attempts > kMostAttempts) return choices;
      const ScheduleRun run(options, std::make_shared<Replay>(tried), body,
                            SimulatedEngine::Traced::kNo);
      if (!run.failure.empty() &&
          CountOthers(run.choices) < CountOthers(choices)) {
        choices = run.choices;
      }
    }
  }
  return choices;
}

ScheduleFailure Explain(const SimulationOptions& options,
                        const ScheduleRun& failed, const Body& body) {
  const ScheduleRun shortest(
      options,
      std::make_shared<Replay>(Shortened(options, failed.choices, body)), body,
      SimulatedEngine::Traced::kYes);
  ScheduleFailure failure{failed.failure, options.seed, shortest.steps};
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
  const auto end = context_internal::Later(std::chrono::steady_clock::now(),
                                           options.stop_after);
  const bool is_exhaustive = options.strategy == ScheduleStrategy::kExhaustive;
  std::optional<std::uint64_t> only;
  if (!is_exhaustive) only = SeedOfCommandLine();
  SimulationOptions one = OfOne(options, only.value_or(options.seed));
  const auto enumeration = std::make_shared<Enumeration>(
      static_cast<std::size_t>(std::max(options.depth, 0)));
  if (options.strategy == ScheduleStrategy::kPriorities) {
    const ScheduleRun first(one, std::make_shared<RoundRobin>(), body,
                            SimulatedEngine::Traced::kNo);
    if (!first.failure.empty()) return {1, Explain(one, first, body)};
    // Others may be longer.
    one.length = 2 * first.length + kMoreChoices;
  }
  if (is_exhaustive) one.seed = 0;
  std::size_t count = 0;
  while (count < (only.has_value() ? 1 : options.schedules) &&
         std::chrono::steady_clock::now() < end) {
    const ScheduleRun run(one,
                          is_exhaustive ? std::shared_ptr<Strategy>(enumeration)
                                        : executor_internal::MakeStrategy(one),
                          body, SimulatedEngine::Traced::kNo);
    ++count;
    if (!run.failure.empty()) return {count, Explain(one, run, body)};
    if (is_exhaustive && !enumeration->Next()) break;
    ++one.seed;
  }
  return {count, std::nullopt};
}

}  // namespace weft
