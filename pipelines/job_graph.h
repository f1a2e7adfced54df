// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// pipelines/job_graph.h
// -----------------------------------------------------------------------------
//
// `JobGraph` runs jobs, each when the jobs that it comes after have ended.
//
// Example:
//
//   weft::JobGraph graph;
//   graph.Add("fetch", [&] { text = Fetch(url); });
//   graph.Add("words", {"fetch"}, [&] { words = CountWords(text); });
//   graph.Add("links", {"fetch"}, [&] { links = FindLinks(text); });
//   graph.Add("store", {"words", "links"}, [&] { Store(words, links); });
//   graph.Run(executor);
//
// To hooks each job is a task of type "GROUP_TASK", made at the place of its
// `Add()`; its trigger is the caller of `Run()`, or, for a job that comes after
// others, the last of these to end. What a job returns that is a coroutine is a
// "COROUTINE", and another one awaits it.

#ifndef WEFT_PIPELINES_JOB_GRAPH_H_
#define WEFT_PIPELINES_JOB_GRAPH_H_

#include <cstddef>
#include <map>
#include <memory>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/pipelines/errors.h"

namespace weft {

// JobGraph
//
// A set of jobs, and of the order between them.
//
// Thread-safety: thread-compatible; several threads may run it at once, if the
//   jobs' functions allow it. Copies share the functions.
// Memory ordering: what a job did happens before the jobs that come after it,
//   and before `Run()` returns.
// Cost: a run takes a task for each job, and time for each edge; a job that is
//   a coroutine takes that and another one.
class JobGraph {
 public:
  // JobGraph::Add()
  //
  // Adds a job that is to run when those named in `after` have ended; they may
  // be added later. The function may be one that can only be moved; it is
  // called as const, as runs may overlap. If it returns a `Task`
  // (executor/coroutine.h), the job ends when that has; no thread waits for it.
  // Throws std::invalid_argument, and
  // adds nothing, if `name` is empty or added already, or a name in `after` is
  // empty.
  template <typename Fn>
    requires std::is_invocable_v<const Fn&>
  void Add(std::string name, const std::vector<std::string>& after, Fn fn,
           std::source_location where = std::source_location::current()) {
    AddJob(std::move(name), after,
           std::make_shared<const FunctionOf<Fn>>(std::move(fn)), where);
  }
  template <typename Fn>
    requires std::is_invocable_v<const Fn&>
  void Add(std::string name, Fn fn,
           std::source_location where = std::source_location::current()) {
    Add(std::move(name), {}, std::move(fn), where);
  }

  // JobGraph::Run()
  //
  // Runs each job once, in the context of this call; what a job enters ends
  // with it. Returns when all have ended. It may be called again. Called inside
  // a task it waits as `TaskGroup::Wait()` does.
  //
  // If a job throws, those that come after it, directly or not, are not run;
  // all others are. Then it throws JobGraphError, which names both. If the flow
  // of the call is cancelled, or its deadline passes, before all jobs have
  // begun, the others are not run. Then it throws CancelledError or
  // DeadlineExceededError, which names them; or, if a job has thrown,
  // JobGraphError, which names them too. Throws std::logic_error, and runs
  // nothing, if a job comes after one that was never added, or if jobs come
  // after each other in a circle, which it names; ShutdownError if the executor
  // is shut down; and what `TaskGroup::Wait()` throws.
  void Run(Executor& executor) const;

 private:
  class OneRun;

  // What is left of a job whose function returns `task`.
  static Task<> RestOf(Task<> task) { return task; }
  template <typename T>
  static Task<> RestOf(Task<T> task) {
    static_cast<void>(co_await std::move(task));
  }

  class Function {
   public:
    virtual ~Function() = default;
    // Calls it. Returns the coroutine that is left to be awaited; an empty task
    // if it has done all.
    virtual Task<> Call() const = 0;
  };
  template <typename Fn>
  class FunctionOf final : public Function {
   public:
    explicit FunctionOf(Fn&& fn) : fn_(std::move(fn)) {}
    Task<> Call() const override {
      if constexpr (requires { RestOf(fn_()); }) {
        return RestOf(fn_());
      } else {
        static_cast<void>(fn_());
        return {};
      }
    }

   private:
    const Fn fn_;
  };
  using FunctionPtr = std::shared_ptr<const Function>;

  struct Job {
    explicit Job(std::string job_name) : name(std::move(job_name)) {}

    std::string name;
    FunctionPtr fn = {};  // null: named, and not added yet
    std::source_location where = {};
    std::vector<std::size_t> after = {};   // jobs that this one awaits
    std::vector<std::size_t> before = {};  // jobs that await this one
  };

  void AddJob(std::string name, const std::vector<std::string>& after,
              FunctionPtr fn, std::source_location where);
  std::size_t IndexOf(const std::string& name);
  // Throws std::logic_error if the graph cannot be run.
  void Check() const;
  [[noreturn]] void ThrowCircle(const std::vector<std::size_t>& awaited) const;

  std::vector<Job> jobs_;
  std::map<std::string, std::size_t> indexes_;
};

}  // namespace weft

#endif  // WEFT_PIPELINES_JOB_GRAPH_H_
