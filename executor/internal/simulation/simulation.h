// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Simulated workers on one thread, which take turns where a strategy says so.

#ifndef WEFT_EXECUTOR_INTERNAL_SIMULATION_SIMULATION_H_
#define WEFT_EXECUTOR_INTERNAL_SIMULATION_SIMULATION_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "weft/base/sync/mutex.h"
#include "weft/base/sync/wait_deadline.h"
#include "weft/executor/internal/engine/wait_host.h"
#include "weft/executor/internal/simulation/fiber.h"
#include "weft/executor/internal/simulation/strategy.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/executor/internal/task/thread_state.h"
#include "weft/executor/internal/timer/timer_queue.h"
#include "weft/hooks/resource.h"

namespace weft::executor_internal {

// The jobs of one executor, as its simulation sees them.
class SimulatedJobs {
 public:
  struct Started {
    Job* job;
    std::uint64_t number;
    int worker;
  };

  // Returns how many of the oldest queued jobs may begin now, any of them.
  virtual std::size_t startable() const noexcept = 0;
  virtual std::uint64_t number(std::size_t index) const noexcept = 0;
  // Takes out one of those.
  virtual Started Begin(std::size_t index) = 0;
  virtual void RunJob(Job& job) noexcept = 0;
  virtual void JobEnded(int worker) noexcept = 0;
  // A job has begun to wait, or goes on: another one may run instead, or not.
  virtual void JobBlocked() noexcept = 0;
  virtual void JobGoesOn() noexcept = 0;
  // Accepts nothing any more and drops what is queued.
  virtual void Stop() noexcept = 0;

 protected:
  ~SimulatedJobs() = default;
};

// A clock that stands still while anything can run, and then jumps to the next
// time for which something waits. Its timers are accessed by one thread.
class VirtualTimers final : public TimerQueue {
 public:
  VirtualTimers() noexcept : TimerQueue(own_mutex_) {}

  void Leave() noexcept override {}
  Clock::time_point now() noexcept override { return now_; }
  const Clock::time_point& clock() const noexcept { return now_; }
  // Returns when the next timer is due; Clock::time_point::max() if there is
  // none.
  Clock::time_point NextDue() noexcept;
  // Sets the clock, and queues the timers that are due then.
  void AdvanceTo(Clock::time_point time) noexcept;

 private:
  void OnEarlier() noexcept override {}

  base::Mutex own_mutex_;
  Clock::time_point now_ = Clock::now();
};

// What a stack of a simulation waits for.
struct SimulatedWait {
  bool (*is_over)(const void* what);
  const void* what;
  const char* name;  // of what is waited for, for reports
  WaitFor::MayFail may_fail;
  base::WaitDeadline deadline = {};
  const Resource* waiter = nullptr;  // set by Block()
  bool is_refused = false;           // set by the simulation
};

// Watches a simulation.
class SimulationWatcher {
 public:
  // Called at each step. Returns what is wrong with the schedule, which is
  // given up then; empty: nothing.
  virtual std::string Overdue(std::uint64_t step) = 0;
  // Called for what the running task, or the program, logs.
  virtual void Log(std::string_view entry) = 0;

 protected:
  ~SimulationWatcher() = default;
};

// The stack of the program, which is the thread's own, and one of its own for
// each job that runs or waits take turns. A turn ends at a scheduling point:
// where a stack waits, or its job ends, and wherever Yield() is called.
//
// Owner-only: all calls come from the thread that made it.
class Simulation {
 public:
  struct Options {
    std::uint64_t max_steps;
    bool is_traced;
  };

  // Becomes the calling thread's current simulation. Throws std::logic_error if
  // there is one.
  Simulation(std::shared_ptr<Strategy> strategy, Options options);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  ~Simulation();

  // Returns the calling thread's; null if there is none.
  static Simulation* Current() noexcept;
  // True on the thread that made it.
  bool IsHere() const noexcept { return Current() == this; }

  void Enter(SimulatedJobs& jobs);
  // Returns when none of them runs any more. With the last of them the
  // simulation ends.
  void Leave(SimulatedJobs& jobs) noexcept;

  std::uint64_t NewNumber() noexcept { return next_number_++; }
  VirtualTimers& timers() noexcept { return timers_; }
  // Sets the wall clock, which goes with that of the timers otherwise.
  void MoveWallClock(std::chrono::nanoseconds jump);

  // Lets any stack go on that may, this one or another.
  void Yield() noexcept;
  // The same, but throws DeadlockError if the schedule is given up.
  void Point();
  // Lets others go on until the wait is over. Returns false if its deadline has
  // passed before. Throws DeadlockError if it may, and nothing can end it.
  bool Block(SimulatedWait& wait);

  // Returns the worker whose job runs now, of `jobs`; -1 if it is none of
  // those.
  int WorkerOf(const SimulatedJobs& jobs) const noexcept;

  std::uint64_t steps() const noexcept { return steps_; }
  const std::vector<Choice>& choices() const noexcept { return choices_; }
  // Returns what has gone wrong first; empty: nothing.
  const std::string& failure() const noexcept { return failure_; }
  void Fail(std::string failure);
  // Returns what has happened, if it is traced.
  const std::vector<std::string>& trace() const noexcept { return trace_; }
  // Adds what the running stack does, if it is traced.
  void Trace(const std::string& what);
  // Adds to the last of that.
  void AddToTrace(const std::string& what);

  // Sets who watches; null: nobody.
  void SetWatcher(SimulationWatcher* watcher) noexcept { watcher_ = watcher; }
  SimulationWatcher* watcher() const noexcept { return watcher_; }

 private:
  enum class State { kIdle, kReady, kBlocked };

  class Stack final : private Fiber::Body {
   public:
    // The program's own.
    explicit Stack(Simulation& simulation) noexcept;
    Stack(Simulation& simulation, std::unique_ptr<Fiber> own);
    Stack(const Stack&) = delete;
    Stack& operator=(const Stack&) = delete;

    bool is_program() const noexcept { return jobs == nullptr; }

    State state = State::kIdle;
    std::uint64_t number = 0;
    SimulatedJobs* jobs = nullptr;
    Job* job = nullptr;
    int worker = -1;
    SimulatedWait* wait = nullptr;
    std::unique_ptr<Fiber> fiber;
    ThreadState thread = {};
    SuspendedStack suspended;

   private:
    void RunOnFiber() noexcept override { simulation_.Work(*this); }
    Simulation& simulation_;
  };
  // A stack to go on, or a job to begin.
  struct Next {
    Stack* stack;
    SimulatedJobs::Started started;
    SimulatedJobs* jobs;
  };

  // Runs jobs on `stack` until the simulation ends.
  void Work(Stack& stack) noexcept;
  // Ends the turn of the running stack, which goes on when it is its turn.
  void EndTurn();
  Next Choose();
  Next ChooseNext();
  // Makes a stack for it, or takes an idle one.
  Stack& StackFor(const Next& next);
  static void Assign(Stack& stack, const Next& next) noexcept;
  void SwitchTo(Stack& other) noexcept;
  // Makes those ready whose wait is over.
  void EndWaits() noexcept;
  // Lets time pass until something can go on; false if nothing ever will.
  bool PassTime() noexcept;
  // Makes one of the waits fail.
  void RefuseOne();
  // Counts a step, and gives up a schedule that is too long.
  void CountStep() noexcept;
  void End() noexcept;
  std::string Name(const Stack& stack) const;
  std::string WhoWaits() const;

  const std::shared_ptr<Strategy> strategy_;
  const Options options_;
  FiberPool& pool_;
  VirtualTimers timers_;
  std::chrono::nanoseconds wall_ahead_;  // of the clock of the timers
  std::vector<SimulatedJobs*> jobs_;
  std::vector<std::unique_ptr<Stack>> all_;
  std::vector<Stack*> active_;  // neither idle; in the order of their numbers
  std::vector<Stack*> idle_;
  Stack* running_;
  bool is_ending_ = false;
  bool is_choosing_ = false;
  bool is_given_up_ = false;
  std::uint64_t next_number_ = 1;
  std::uint64_t steps_ = 0;
  std::vector<Choice> choices_;
  std::vector<std::uint64_t> options_now_;
  std::string failure_;
  std::vector<std::string> trace_;
  SimulationWatcher* watcher_ = nullptr;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_SIMULATION_SIMULATION_H_
