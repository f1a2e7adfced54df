// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/simulation/simulation.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "weft/base/check.h"
#include "weft/base/steady_now.h"
#include "weft/base/wall_now.h"
#include "weft/executor/errors.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/hooks/execution.h"

namespace weft::executor_internal {

using base::MutexLock;

namespace {

constinit thread_local Simulation* current = nullptr;

// Stacks of simulations that have ended here, for the next ones.
FiberPool& PoolOfThisThread() {
  static thread_local FiberPool pool;
  return pool;
}

// Returns ", in <type> of <file:line>"; "" for what no line has made.
std::string InTask(const Resource& task) {
  if (task.source_location().line() == 0) return "";
  return ", in " + std::string(task.type()) + " of " +
         task.source_location().file_name() + ":" +
         std::to_string(task.source_location().line());
}

}  // namespace

TimerQueue::Clock::time_point VirtualTimers::NextDue() noexcept {
  const MutexLock lock(mutex());
  return earliest();
}

void VirtualTimers::AdvanceTo(Clock::time_point time) noexcept {
  now_ = std::max(now_, time);
  for (;;) {
    TimerEntry* due = nullptr;
    {
      const MutexLock lock(mutex());
      due = TakeDue(now_);
    }
    if (due == nullptr) return;
    Queue(*due);
  }
}

Simulation::Stack::Stack(Simulation& simulation) noexcept
    : state(State::kReady),
      fiber(std::make_unique<Fiber>()),
      simulation_(simulation) {}

Simulation::Stack::Stack(Simulation& simulation, std::unique_ptr<Fiber> own)
    : fiber(std::move(own)), simulation_(simulation) {
  thread.stack = fiber->bounds();
  fiber->SetBody(*this, *simulation.all_.front()->fiber);
}

Simulation::Simulation(std::shared_ptr<Strategy> strategy, Options options)
    : strategy_(std::move(strategy)),
      options_(options),
      pool_(PoolOfThisThread()) {
  if (current != nullptr) {
    throw std::logic_error(
        "SimulatedExecutor: there is one on this thread already; make a second "
        "one with SimulatedExecutor(first, workers), to share its schedule");
  }
  // To the millisecond, as what goes by it often is: so what is rounded is the
  // same in each run.
  wall_ahead_ = std::chrono::floor<std::chrono::milliseconds>(
                    std::chrono::system_clock::now())
                    .time_since_epoch() -
                timers_.now().time_since_epoch();
  all_.push_back(std::make_unique<Stack>(*this));
  running_ = all_.front().get();
  active_.push_back(running_);
  FlushBatched();
  current = this;
  base::simulated_now = &timers_.clock();
  base::simulated_wall_ahead = &wall_ahead_;
}

Simulation::~Simulation() {
  // Without executors it has not ended.
  if (current == this) End();
}

Simulation* Simulation::Current() noexcept { return current; }

void Simulation::Enter(SimulatedJobs& jobs) { jobs_.push_back(&jobs); }

void Simulation::Leave(SimulatedJobs& jobs) noexcept {
  struct Left {
    const Simulation& simulation;
    const SimulatedJobs& jobs;
  } const left{*this, jobs};
  SimulatedWait wait{
      [](const void* what) {
        const auto& [simulation, of] = *static_cast<const Left*>(what);
        return std::none_of(
            simulation.active_.begin(), simulation.active_.end(),
            [&of](const Stack* stack) { return stack->jobs == &of; });
      },
      &left, "the end of an executor", WaitFor::MayFail::kNo};
  static_cast<void>(Block(wait));
  jobs_.erase(std::find(jobs_.begin(), jobs_.end(), &jobs));
  if (jobs_.empty()) End();
}

void Simulation::End() noexcept {
  WEFT_CHECK(running_->is_program(),
             "the last SimulatedExecutor of a thread must not be destroyed by "
             "a simulated task");
  is_ending_ = true;
  for (Stack* const stack : idle_) {
    running_->fiber->SwitchTo(*stack->fiber);
    pool_.Put(std::move(stack->fiber));
  }
  idle_.clear();
  current = nullptr;
  base::simulated_now = nullptr;
  base::simulated_wall_ahead = nullptr;
}

int Simulation::WorkerOf(const SimulatedJobs& jobs) const noexcept {
  return IsHere() && running_->jobs == &jobs ? running_->worker : -1;
}

void Simulation::MoveWallClock(std::chrono::nanoseconds jump) {
  wall_ahead_ += jump;
  Trace("sets the wall clock: " + std::to_string(jump.count()) + " ns");
}

void Simulation::Fail(std::string failure) {
  if (failure_.empty()) failure_ = std::move(failure);
}

std::string Simulation::Name(const Stack& stack) const {
  if (stack.is_program()) return "the program";
  std::string name = "worker " + std::to_string(stack.worker);
  if (jobs_.size() < 2) return name;
  const auto place = std::find(jobs_.begin(), jobs_.end(), stack.jobs);
  return name + " of executor " + std::to_string(place - jobs_.begin());
}

void Simulation::Trace(const std::string& what) {
  if (options_.is_traced) trace_.push_back(Name(*running_) + " " + what);
}

void Simulation::AddToTrace(const std::string& what) {
  if (options_.is_traced) trace_.back() += what;
}

void Simulation::Work(Stack& stack) noexcept {
  while (!is_ending_) {
    stack.jobs->RunJob(*stack.job);
    stack.jobs->JobEnded(stack.worker);
    active_.erase(std::find(active_.begin(), active_.end(), &stack));
    stack.state = State::kIdle;
    stack.jobs = nullptr;
    const Next next = Choose();
    if (next.stack == nullptr) {
      Assign(stack, next);
      active_.push_back(&stack);
      continue;
    }
    idle_.push_back(&stack);
    SwitchTo(*next.stack);
  }
}

void Simulation::Assign(Stack& stack, const Next& next) noexcept {
  stack.state = State::kReady;
  stack.jobs = next.jobs;
  stack.job = next.started.job;
  stack.number = next.started.number;
  stack.worker = next.started.worker;
}

Simulation::Stack& Simulation::StackFor(const Next& next) {
  if (idle_.empty()) {
    all_.push_back(std::make_unique<Stack>(*this, pool_.Take()));
    idle_.push_back(all_.back().get());
  }
  Stack& stack = *idle_.back();
  idle_.pop_back();
  Assign(stack, next);
  active_.push_back(&stack);
  return stack;
}

void Simulation::SwitchTo(Stack& other) noexcept {
  Stack& self = *running_;
  if (&self == &other) return;
  self.thread = std::exchange(thread_state, other.thread);
  self.suspended.Swap();
  other.suspended.Swap();
  running_ = &other;
  self.fiber->SwitchTo(*other.fiber);
}

void Simulation::EndTurn() {
  const Next next = Choose();
  SwitchTo(next.stack != nullptr ? *next.stack : StackFor(next));
}

void Simulation::EndWaits() noexcept {
  for (Stack* const stack : active_) {
    if (stack->state != State::kBlocked) continue;
    const SimulatedWait& wait = *stack->wait;
    const bool is_late =
        wait.deadline.has_value() && timers_.now() >= *wait.deadline;
    if (!wait.is_refused && !is_late && !wait.is_over(wait.what)) continue;
    stack->state = State::kReady;
    if (!stack->is_program()) stack->jobs->JobGoesOn();
  }
}

bool Simulation::PassTime() noexcept {
  auto next = timers_.NextDue();
  for (const Stack* const stack : active_) {
    if (stack->state != State::kBlocked) continue;
    if (stack->wait->deadline.has_value()) {
      next = std::min(next, *stack->wait->deadline);
    }
  }
  if (next == TimerQueue::Clock::time_point::max()) return false;
  if (options_.is_traced) {
    using std::chrono::nanoseconds;
    trace_.push_back("time passes: " +
                     std::to_string(nanoseconds(next - timers_.now()).count()) +
                     " ns");
  }
  timers_.AdvanceTo(next);
  return true;
}

std::string Simulation::WhoWaits() const {
  std::string who;
  for (const Stack* const stack : active_) {
    if (stack->state != State::kBlocked) continue;
    const SimulatedWait& wait = *stack->wait;
    const std::string in_task = InTask(*wait.waiter);
    who += "\n  " + Name(*stack) + in_task + (in_task.empty() ? "" : ",") +
           " waits for " + wait.name;
    const char* before = ", run by ";
    for (const Stack* const other : active_) {
      if (other->is_program() || other->job->completes() != wait.what) continue;
      who += std::exchange(before, " and ") + Name(*other);
    }
  }
  return who;
}

void Simulation::RefuseOne() {
  Stack* refused = nullptr;
  for (Stack* const stack : active_) {
    if (stack->state != State::kBlocked) continue;
    if (stack->wait->may_fail == WaitFor::MayFail::kNo) continue;
    // The one that has begun last; the program's only if there is no other.
    if (refused == nullptr || refused->is_program() ||
        (!stack->is_program() && stack->number > refused->number)) {
      refused = stack;
    }
  }
  Fail("a deadlock: nothing can run, and these wait:" + WhoWaits());
  if (refused == nullptr) {
    WEFT_CHECK(false, ("a simulated wait that cannot end, and may not fail; " +
                       failure_)
                          .c_str());
  }
  refused->wait->is_refused = true;
}

void Simulation::CountStep() noexcept {
  ++steps_;
  if (is_given_up_) return;
  std::string why;
  if (steps_ > options_.max_steps) {
    why = "the schedule has more than " + std::to_string(options_.max_steps) +
          " steps: does the program ever end?";
  } else if (watcher_ != nullptr) {
    why = watcher_->Overdue(steps_);
  }
  if (why.empty()) return;
  is_given_up_ = true;
  Fail(why + WhoWaits());
  for (SimulatedJobs* const jobs : jobs_) jobs->Stop();
}

Simulation::Next Simulation::Choose() {
  is_choosing_ = true;
  const Next next = ChooseNext();
  is_choosing_ = false;
  return next;
}

Simulation::Next Simulation::ChooseNext() {
  CountStep();
  for (;;) {
    EndWaits();
    options_now_.clear();
    const bool may_stay = running_->state == State::kReady;
    if (may_stay) options_now_.push_back(running_->number);
    for (const Stack* const stack : active_) {
      if (stack != running_ && stack->state == State::kReady) {
        options_now_.push_back(stack->number);
      }
    }
    const std::size_t stacks = options_now_.size();
    for (const SimulatedJobs* const jobs : jobs_) {
      const std::size_t startable = jobs->startable();
      for (std::size_t i = 0; i < startable; ++i) {
        options_now_.push_back(jobs->number(i));
      }
    }
    if (options_now_.empty()) {
      if (!PassTime()) RefuseOne();
      continue;
    }
    std::size_t taken = 0;
    if (options_now_.size() > 1) {
      taken = strategy_->Choose(options_now_, may_stay);
      choices_.push_back({static_cast<std::uint32_t>(taken),
                          static_cast<std::uint32_t>(options_now_.size())});
    }
    const std::uint64_t number = options_now_[taken];
    if (taken < stacks) {
      for (Stack* const stack : active_) {
        if (stack->state != State::kReady || stack->number != number) continue;
        if (options_.is_traced && stack != running_) {
          trace_.push_back(Name(*stack) + " goes on");
        }
        return {stack, {}, nullptr};
      }
    }
    taken -= stacks;
    for (SimulatedJobs* const jobs : jobs_) {
      const std::size_t startable = jobs->startable();
      if (taken < startable) return {nullptr, jobs->Begin(taken), jobs};
      taken -= startable;
    }
    WEFT_CHECK(false, "a simulation has lost a job");
  }
}

void Simulation::Yield() noexcept {
  // What a hook or a destructor of the simulation's own does is no step of its.
  if (!IsHere() || is_choosing_ || IsInHook()) return;
  EndTurn();
}

void Simulation::Point() {
  Yield();
  if (is_given_up_) throw DeadlockError("SchedulingPoint(): " + failure_);
}

bool Simulation::Block(SimulatedWait& wait) {
  if (wait.is_over(wait.what)) return true;
  if (is_given_up_ && wait.may_fail == WaitFor::MayFail::kYes) {
    throw DeadlockError("SimulatedExecutor: " + failure_);
  }
  wait.waiter = &ExecutionAsyncResource();
  Stack& self = *running_;
  self.wait = &wait;
  self.state = State::kBlocked;
  if (!self.is_program()) self.jobs->JobBlocked();
  if (options_.is_traced) Trace(std::string("waits for ") + wait.name);
  EndTurn();
  self.wait = nullptr;
  if (wait.is_over(wait.what)) return true;
  if (wait.is_refused) throw DeadlockError("SimulatedExecutor: " + failure_);
  return false;
}

}  // namespace weft::executor_internal
