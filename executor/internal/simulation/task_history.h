// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The history of the tasks of a simulated program: who has made each, how
// long it is queued, and what it has logged.

#ifndef WEFT_EXECUTOR_INTERNAL_SIMULATION_TASK_HISTORY_H_
#define WEFT_EXECUTOR_INTERNAL_SIMULATION_TASK_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <source_location>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "weft/executor/internal/simulation/simulation.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/hook_event.h"

namespace weft::executor_internal {

// The logs of the tasks of one schedule. In another schedule a task has another
// id, and is the same one if its maker is the same and made as many before it.
struct TaskLogs {
  using Path = std::vector<std::uint32_t>;  // from the program to the task
  struct Log {
    std::string task;  // for reports
    std::vector<std::string> entries;
  };

  // Returns what differs in `other`, for a report; empty: nothing.
  std::string DifferenceIn(const TaskLogs& other) const;

  std::map<Path, Log> logs;
};

// Owner-only: all calls come from the simulation's thread.
class TaskHistory final : public SimulationWatcher {
 public:
  struct Options {
    bool is_traced = false;        // steps go to Simulation::Trace()
    bool has_logs = false;         // Log() keeps entries
    std::uint64_t max_queued = 0;  // steps; 0: as many as it takes
  };

  // Watches the simulation, which must outlive it.
  TaskHistory(Simulation& simulation, const Options& options);
  TaskHistory(const TaskHistory&) = delete;
  TaskHistory& operator=(const TaskHistory&) = delete;
  ~TaskHistory() { simulation_.SetWatcher(nullptr); }

  TaskLogs TakeLogs();

  // SimulationWatcher. A task that is queued for too long is overdue.
  std::string Overdue(std::uint64_t step) override;
  void Log(std::string_view entry) override;

 private:
  // A resource that was made in the simulation. The first is the program, which
  // is also where all else was made.
  struct Entry {
    std::size_t maker = 0;
    std::uint32_t number = 0;  // among those of its maker
    std::uint32_t made = 0;    // by itself
    std::string type;
    std::source_location where;
    std::vector<std::string> log;
  };
  struct Queued {
    AsyncId task;
    std::uint64_t since;
    std::string name;
  };

  AsyncHook Listen();
  std::size_t Find(AsyncId id) const;
  void OnInit(const InitEvent& event);
  void OnEnqueue(const EnqueueEvent& event);
  void OnStart(const StartEvent& event);
  void OnBefore(const BeforeEvent& event);

  Simulation& simulation_;
  const Options options_;
  std::vector<Entry> entries_;
  std::unordered_map<AsyncId, std::size_t> places_;
  std::deque<Queued> queue_;  // also some that have started
  std::unordered_map<AsyncId, std::uint64_t> queued_since_;
  AsyncId started_{};
  // Last, so that nothing is heard while the rest is made or destroyed.
  const AsyncHook hook_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_SIMULATION_TASK_HISTORY_H_
