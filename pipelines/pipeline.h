// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// pipelines/pipeline.h
// -----------------------------------------------------------------------------
//
// `Pipeline` runs items through a chain of stages, several at a time. Each item
// carries a context of its own: the next stage of the same item sees what a
// stage enters, and no other item does.
//
// Example:
//
//   auto pipeline =
//       weft::Pipeline("read",
//                      [&]() -> std::optional<std::string> {
//                        std::string line;
//                        if (!std::getline(input, line)) return std::nullopt;
//                        line_number.EnterWith(++lines);  // for this item
//                        return line;
//                      })
//           .Then(weft::StageMode::kParallel, "parse",
//                 [](const std::string& line) { return Parse(line); })
//           .Then(weft::StageMode::kSerialInOrder, "print",
//                 [&](const Record& record) {
//                   std::cout << *line_number.GetStore() << ": " << record;
//                 });
//   pipeline.Run(executor, {.tokens = 8});
//
// To hooks a run is a resource "PIPELINE", caused by the caller, as which the
// source runs: init when it begins, before and after around each call of the
// source, destroy before `Run()` returns. Each item is a "PIPELINE_ITEM",
// caused by that: init when the source has returned it, before and after around
// each stage, destroy when it is through or dropped. Tasks of type "GROUP_TASK"
// carry them.

#ifndef WEFT_PIPELINES_PIPELINE_H_
#define WEFT_PIPELINES_PIPELINE_H_

#include <memory>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "weft/executor/executor.h"
#include "weft/pipelines/internal/chain.h"
#include "weft/pipelines/internal/stage.h"
#include "weft/pipelines/pipeline_options.h"
#include "weft/pipelines/stage_mode.h"

namespace weft {

// Pipeline
//
// A chain of stages whose last one returns `Out`. A chain that can be run
// returns void.
//
// Thread-safety: thread-compatible. Stages are called on the executor's
//   threads: the source and serial stages by one at a time, parallel ones by
//   several at once.
// Memory ordering: what a stage did for an item happens before the item's next
//   stage; what the source or a serial stage did, before its next call; and all
//   of it before `Run()` returns.
// Lifetime: a value that is passed on is destroyed when the next stage has
//   taken it, or when it is dropped, in the item's context. Hook events and
//   contexts of all items have ended by the time `Run()` returns.
// Cost: an item allocates nothing of its own; a value passed on is in place if
//   it has at most 64 bytes, and is allocated otherwise. A task takes up to 32
//   items, one after the other, and no further ones once it has run for 20
//   microseconds; it looks at the clock after its first item, its second, its
//   fourth and so on. An item that has waited for its turn at a serial stage
//   takes a task of its own, unless that stage is the last.
// Errors: std::invalid_argument for a stage whose name is empty or taken;
//   std::logic_error after being moved from.
// Differs from oneTBB's `parallel_pipeline`: stages run as tasks of an
//   executor, so they may wait for other tasks of it; an item has a context and
//   an id; an error names item and stage. The same on oneTBB's own tasks, with
//   contexts, is in weft/adapters/onetbb/parallel_pipeline.h.
template <typename Out>
class [[nodiscard]] Pipeline {
 public:
  // Makes a chain with a source. `source()` returns a std::optional: the next
  // item, or nothing when there is none; then it is not called again in this
  // run. It starts in the context of the call of `Run()`; what it enters it
  // enters for the item that it returns.
  template <typename Fn>
    requires pipelines_internal::SourceFunction<Fn>
  Pipeline(std::string name, Fn source)
      : chain_(std::make_unique<pipelines_internal::Chain>()) {
    chain_->Add("Pipeline",
                std::make_unique<pipelines_internal::StageOf<void, Fn>>(
                    std::move(name), StageMode::kSerial, std::move(source)));
  }
  Pipeline(Pipeline&&) noexcept = default;
  Pipeline& operator=(Pipeline&&) noexcept = default;

  // Pipeline::Then()
  //
  // Returns the chain with one more stage. `fn` is given the result of the
  // stage before, to keep. Its own result goes to the next stage. If that is a
  // std::optional its value does; where there is none, the item is dropped. A
  // stage that returns void is the last.
  template <typename Fn>
    requires std::is_invocable_v<Fn&, Out>
  auto Then(StageMode mode, std::string name, Fn fn) && {
    using Result = std::invoke_result_t<Fn&, Out>;
    chain("Then").Add("Pipeline::Then",
                      std::make_unique<pipelines_internal::StageOf<Out, Fn>>(
                          std::move(name), mode, std::move(fn)));
    return Pipeline<pipelines_internal::PassedOn<Result>>(std::move(chain_));
  }

  // Pipeline::Run()
  //
  // Runs the chain, and returns when the source has no more items and all items
  // are through. Called inside a task it waits as `TaskGroup::Wait()` does. It
  // may be called again; the source has to begin anew by itself.
  //
  // If the source throws, or a stage and `options.on_item_error` is not set, it
  // takes no more items, calls no more stages, drops what is in flight, and
  // throws PipelineError for the first that threw. If the flow of the call is
  // cancelled, or its deadline passes, before all items are through, it throws
  // CancelledError or DeadlineExceededError; stages that run go on to their
  // ends. Throws ShutdownError if the executor is shut down, and what
  // `TaskGroup::Wait()` throws; std::invalid_argument if `options.tokens` is 0;
  // std::logic_error if it is running already. `last_result()` tells what
  // became of the items of a run that threw.
  PipelineResult Run(
      Executor& executor, const PipelineOptions& options = {},
      std::source_location where = std::source_location::current())
    requires std::is_void_v<Out>
  {
    return chain("Run").Run(executor, options, where);
  }

  // Returns what the last run has come to, also if it threw: each item that its
  // source returned is in one of the numbers. They are 0 before the first run.
  // It must not be called while a run is under way.
  const PipelineResult& last_result() const {
    return chain("last_result").last_result();
  }

 private:
  template <typename>
  friend class Pipeline;

  explicit Pipeline(std::unique_ptr<pipelines_internal::Chain> chain) noexcept
      : chain_(std::move(chain)) {}

  pipelines_internal::Chain& chain(const char* function) const {
    if (chain_ == nullptr) pipelines_internal::ThrowMovedFrom(function);
    return *chain_;
  }

  std::unique_ptr<pipelines_internal::Chain> chain_;
};

// A chain passes on what its source returns.
template <typename Fn>
Pipeline(std::string, Fn)
    -> Pipeline<pipelines_internal::PassedOn<std::invoke_result_t<Fn&>>>;

}  // namespace weft

#endif  // WEFT_PIPELINES_PIPELINE_H_
