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
// A stage may be a coroutine. `Each()` splits an item that is a range into its
// elements, `Gather()` joins these again, and `Batch(n)` joins any n items.
//
// To hooks these are resources:
//
//   PIPELINE       a run, caused by the caller of `Run()`: init when it begins,
//                  before and after around each call of the source, destroy
//                  before `Run()` returns
//   PIPELINE_ITEM  an item, caused by the run, and one that `Each()` or
//                  `Gather()` makes by the item that had the range, which ends
//                  after it: init when the source has returned it, before and
//                  after around each stage, and once more when a stage's
//                  coroutine has ended, destroy when it is through or dropped
//
// Tasks of type "GROUP_TASK" carry the items.

#ifndef WEFT_PIPELINES_PIPELINE_H_
#define WEFT_PIPELINES_PIPELINE_H_

#include <cstddef>
#include <memory>
#include <ranges>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/executor/executor.h"
#include "weft/pipelines/internal/chain.h"
#include "weft/pipelines/internal/junction.h"
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
//   takes a task of its own, unless that stage is the last. A coroutine costs
//   another one, and a task when it has ended. Each() and the others cost each
//   item a lock or two, and a task where none takes items.
// Errors: std::invalid_argument for a stage whose name is empty or taken;
//   std::logic_error after being moved from.
// Differs from oneTBB's `parallel_pipeline`: stages run as tasks of an
//   executor, so they may wait for other tasks of it; an item has a context and
//   an id; stages may be coroutines; an error names item and stage. The same on
//   oneTBB's own tasks, with contexts, is in
//   weft/adapters/onetbb/parallel_pipeline.h.
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
  // stage that returns void is the last. Function and results may be such that
  // can only be moved.
  //
  // If `fn` returns a `Task` (executor/coroutine.h), what that returns is the
  // result. No thread waits for it: the item stays in the stage, of which it
  // keeps the turn, until it has ended. It runs on the executor, in a context
  // of its own, as coroutines do: it begins with the item's, and nothing that
  // it enters is entered for the item. It may refer to its argument, which
  // lives as long.
  template <typename Fn>
    requires std::is_invocable_v<Fn&, Out>
  auto Then(StageMode mode, std::string name, Fn fn) && {
    using Result = std::invoke_result_t<Fn&, Out>;
    chain("Then").Add("Pipeline::Then",
                      pipelines_internal::MakeStage<Out>(std::move(name), mode,
                                                         std::move(fn)));
    return Pipeline<pipelines_internal::PassedOn<Result>>(std::move(chain_));
  }

  // Pipeline::Each()
  //
  // Appends a splitter: each element of the range that the last stage returns,
  // such as a std::vector, becomes an item. They keep the order of the
  // elements, and of the items that had the ranges. Each begins with the
  // context that the item with the range has by then, its deadline too, and has
  // a number, from 0, an id and a context of its own. The item with the range
  // keeps its token until the last of them has begun, or is gathered.
  auto Each() &&
    requires std::ranges::input_range<Out>
  {
    using Element = std::ranges::range_value_t<Out>;
    chain("Each").Add(std::make_unique<pipelines_internal::EachOf<Out>>());
    return Pipeline<Element>(std::move(chain_));
  }

  // Pipeline::Batch()
  //
  // Appends a collector: it makes one item, a std::vector, of `size` items in
  // the order of their numbers, and one of those that are left at the end of
  // the source. Dropped items are left out. The new item belongs to none of
  // them: it begins with the context of the run, and its time (`item_time`)
  // begins with it. Elements that are to be worked on in contexts of their own
  // must bring a ContextSnapshot. Throws std::invalid_argument if `size` is 0.
  auto Batch(std::size_t size) &&
      requires(!std::is_void_v<Out>) {
        using Kind = pipelines_internal::Junction::Kind;
        chain("Batch").Add(std::make_unique<pipelines_internal::VectorOf<Out>>(
            Kind::kBatch, size));
        return Pipeline<std::vector<Out>>(std::move(chain_));
      }

      // Pipeline::Gather()
      //
      // Appends a joiner: it makes one item, a std::vector, of the items into
      // which the last `Each()` has split one, in their order; of an empty
      // range too. Dropped items are left out. The new item goes on with the
      // context, and in the place, of the one that had the range. Each `Each()`
      // can be gathered once, the last one first, and none that is before a
      // `Batch()`; otherwise throws std::logic_error.
      auto Gather() &&
      requires(!std::is_void_v<Out>) {
        using Kind = pipelines_internal::Junction::Kind;
        chain("Gather").Add(std::make_unique<pipelines_internal::VectorOf<Out>>(
            Kind::kGather, 0));
        return Pipeline<std::vector<Out>>(std::move(chain_));
      }

      // Pipeline::Run()
      //
      // Runs the chain, and returns when the source has no more items and all
      // items are through. Called inside a task it waits as `TaskGroup::Wait()`
      // does. It may be called again; the source has to begin anew by itself.
      //
      // If the source throws, or a stage and `options.on_item_error` is not
      // set, it takes no more items, calls no more stages, drops what is in
      // flight, and throws PipelineError for the first that threw. If the flow
      // of the call is cancelled, or its deadline passes, before all items are
      // through, it throws CancelledError or DeadlineExceededError; stages that
      // run go on to their ends. Throws ShutdownError if the executor is shut
      // down, and what `TaskGroup::Wait()` throws; std::invalid_argument if
      // `options.tokens` is 0; std::logic_error if it is running already.
      // `last_result()` tells what became of the items of a run that threw.
      PipelineResult
      Run(Executor& executor, const PipelineOptions& options = {},
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
