// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/job_graph.h"

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/context/context_snapshot.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/task_group.h"
#include "weft/pipelines/internal/quote.h"

namespace weft {
namespace {

using base::Mutex;
using base::MutexLock;
using pipelines_internal::Quote;

}  // namespace

// One run. Thread-safe.
class JobGraph::OneRun {
 public:
  OneRun(const std::vector<Job>& jobs, Executor& executor)
      : jobs_(jobs), states_(jobs.size()), group_(executor) {
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      states_[i].awaited = jobs[i].after.size();
    }
  }

  void Finish() {
    // The reason, if not all that could run has run. Exceptions of jobs do not
    // arrive here, but the executor's own do.
    std::exception_ptr ended;
    const auto attempt = [&ended](const auto& step) {
      try {
        step();
      } catch (...) {
        if (ended == nullptr) ended = std::current_exception();
      }
    };
    attempt([this] {
      for (std::size_t i = 0; i < jobs_.size(); ++i) {
        if (jobs_[i].after.empty()) Start(i);
      }
    });
    attempt([this] {
      group_.Wait();
      // A group only counts the tasks that its flow's cancellation has
      // prevented.
      if (group_.cancelled() > 0) throw CancelledError("it was cancelled");
    });
    ThrowIfFailed();
    if (ended != nullptr) ThrowEnded(ended);
  }

 private:
  struct State {
    std::size_t awaited = 0;
    std::exception_ptr failure = {};
    bool has_run = false;
    bool is_cut_off = false;  // a job that it comes after has failed
  };

  // Queues the job, in the context of the run.
  void Start(std::size_t index) {
    context_.Run([&] {
      group_.Run([this, index] { RunJob(index); }, jobs_[index].where);
    });
  }

  void RunJob(std::size_t index) {
    std::exception_ptr failure;
    try {
      Task<> rest = jobs_[index].fn->Call();
      if (rest.valid()) return Spawn(group_, Await(index, std::move(rest)));
    } catch (...) {
      failure = std::current_exception();
    }
    EndJob(index, std::move(failure));
  }

  Task<> Await(std::size_t index, Task<> rest) {
    std::exception_ptr failure;
    try {
      co_await std::move(rest);
    } catch (...) {
      failure = std::current_exception();
    }
    EndJob(index, std::move(failure));
  }

  void EndJob(std::size_t index, std::exception_ptr failure) {
    for (const std::size_t ready : End(index, std::move(failure))) Start(ready);
  }

  // Returns the jobs that have nothing to wait for any more.
  std::vector<std::size_t> End(std::size_t index, std::exception_ptr failure) {
    const MutexLock lock(mutex_);
    states_[index].failure = std::move(failure);
    states_[index].has_run = true;
    std::vector<std::size_t> ready;
    // Jobs that are cut off end with that, and so may others.
    std::vector<std::size_t> ended = {index};
    while (!ended.empty()) {
      const std::size_t last = ended.back();
      ended.pop_back();
      const bool has_run =
          !states_[last].is_cut_off && states_[last].failure == nullptr;
      for (const std::size_t next : jobs_[last].before) {
        State& state = states_[next];
        state.is_cut_off = state.is_cut_off || !has_run;
        if (--state.awaited > 0) continue;
        (state.is_cut_off ? ended : ready).push_back(next);
      }
    }
    return ready;
  }

  void ThrowIfFailed() {
    std::vector<JobGraphError::Failure> failures;
    std::vector<std::string> not_run;
    const MutexLock lock(mutex_);
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (states_[i].failure != nullptr) {
        failures.push_back({jobs_[i].name, std::move(states_[i].failure)});
      } else if (!states_[i].has_run) {
        not_run.push_back(jobs_[i].name);
      }
    }
    if (failures.empty()) return;
    try {
      std::rethrow_exception(failures.front().exception);
    } catch (...) {
      throw JobGraphError(std::move(failures), std::move(not_run));
    }
  }

  // Also says which jobs were not run.
  [[noreturn]] void ThrowEnded(const std::exception_ptr& ended) {
    std::string not_run;
    {
      const MutexLock lock(mutex_);
      for (std::size_t i = 0; i < jobs_.size(); ++i) {
        if (states_[i].has_run) continue;
        not_run += (not_run.empty() ? "; not run: " : ", ");
        not_run += Quote(jobs_[i].name);
      }
    }
    const auto say = [&](const std::exception& error) {
      return "JobGraph::Run: " + std::string(error.what()) + not_run;
    };
    try {
      std::rethrow_exception(ended);
    } catch (const CancelledError& error) {
      throw CancelledError(say(error));
    } catch (const DeadlineExceededError& error) {
      throw DeadlineExceededError(say(error));
    }
  }

  const std::vector<Job>& jobs_;
  const ContextSnapshot context_ = ContextSnapshot::CaptureForTask();

  Mutex mutex_;
  std::vector<State> states_ ABSL_GUARDED_BY(mutex_);

  TaskGroup group_;  // goes first: waits for what uses the others
};

void JobGraph::Run(Executor& executor) const {
  Check();
  OneRun(jobs_, executor).Finish();
}

void JobGraph::AddJob(std::string name, const std::vector<std::string>& after,
                      FunctionPtr fn, std::source_location where) {
  if (name.empty()) {
    throw std::invalid_argument("JobGraph::Add: name must not be empty");
  }
  if (std::find(after.begin(), after.end(), "") != after.end()) {
    throw std::invalid_argument("JobGraph::Add: after must hold no empty " +
                                ("name; that of " + Quote(name) + " does"));
  }
  const std::size_t index = IndexOf(name);
  if (jobs_[index].fn) {
    throw std::invalid_argument("JobGraph::Add: name is " + Quote(name) +
                                ", which was added already");
  }
  for (const std::string& earlier : after) {
    const std::size_t awaited = IndexOf(earlier);
    jobs_[index].after.push_back(awaited);
    jobs_[awaited].before.push_back(index);
  }
  jobs_[index].where = where;
  jobs_[index].fn = std::move(fn);
}

std::size_t JobGraph::IndexOf(const std::string& name) {
  const auto found = indexes_.find(name);
  if (found != indexes_.end()) return found->second;
  jobs_.emplace_back(name);
  indexes_.emplace(name, jobs_.size() - 1);
  return jobs_.size() - 1;
}

void JobGraph::Check() const {
  std::vector<std::size_t> awaited;
  std::vector<std::size_t> ready;
  for (const Job& job : jobs_) {
    if (!job.fn) {
      throw std::logic_error(
          "JobGraph::Run: job " + Quote(jobs_[job.before.front()].name) +
          " comes after " + Quote(job.name) + ", which was never added");
    }
    awaited.push_back(job.after.size());
    if (job.after.empty()) ready.push_back(awaited.size() - 1);
  }
  for (std::size_t i = 0; i < ready.size(); ++i) {
    for (const std::size_t next : jobs_[ready[i]].before) {
      if (--awaited[next] == 0) ready.push_back(next);
    }
  }
  if (ready.size() < jobs_.size()) ThrowCircle(awaited);
}

void JobGraph::ThrowCircle(const std::vector<std::size_t>& awaited) const {
  // Every job that is left awaits one that is left: following them ends in a
  // circle.
  const auto is_left = [&](std::size_t index) { return awaited[index] > 0; };
  std::vector<std::size_t> path;
  std::size_t at = 0;
  while (!is_left(at)) ++at;
  auto seen = path.end();
  while ((seen = std::find(path.begin(), path.end(), at)) == path.end()) {
    path.push_back(at);
    const std::vector<std::size_t>& after = jobs_[at].after;
    at = *std::find_if(after.begin(), after.end(), is_left);
  }
  std::string circle;
  for (; seen != path.end(); ++seen) {
    circle += Quote(jobs_[*seen].name) + " comes after ";
  }
  throw std::logic_error("JobGraph::Run: " + circle + Quote(jobs_[at].name));
}

}  // namespace weft
