// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/onetbb/parallel_pipeline.h
// -----------------------------------------------------------------------------
//
// `weft::tbb::parallel_pipeline` is `tbb::parallel_pipeline` in which each item
// carries its own context through all stages: the one that was current where
// the first stage returned it.
//
// Example:
//
//   weft::tbb::parallel_pipeline(
//       8, weft::tbb::make_filter<void, Request>(
//              weft::tbb::filter_mode::serial_in_order,
//              [&](weft::tbb::flow_control& control) {
//                std::optional<Request> request = Next();
//                if (!request) return control.stop(), Request();
//                request_id.EnterWith(request->id);  // for this item
//                return *std::move(request);
//              }) &
//              weft::tbb::make_filter<Request, void>(
//                  weft::tbb::filter_mode::parallel, [&](Request request) {
//                    Log(*request_id.GetStore());  // this item's
//                  }));
//
// To hooks the call is one resource, "TBB_PARALLEL_PIPELINE", as which the
// first stage runs; each item is one, "TBB_PIPELINE_ITEM", caused by the call.
// Its init comes when the first stage has returned it, before and after around
// each later stage, and destroy when the last is done with it, or when it is
// dropped.

#ifndef WEFT_ADAPTERS_ONETBB_PARALLEL_PIPELINE_H_
#define WEFT_ADAPTERS_ONETBB_PARALLEL_PIPELINE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

#include "oneapi/tbb/parallel_pipeline.h"
#include "oneapi/tbb/task_group.h"
#include "weft/adapters/onetbb/internal/flow_scopes.h"
#include "weft/adapters/onetbb/internal/pipeline_call.h"
#include "weft/hooks/async_resource.h"

namespace weft {

namespace tbb_internal {

template <typename T>
struct PipelineItemOf {
  using type = PipelineItem<T>*;
};
template <>
struct PipelineItemOf<void> {
  using type = void;
};
// The type that oneTBB's stage is given for the user's T.
template <typename T>
using PipelineItemType = typename PipelineItemOf<T>::type;

template <typename In, typename Out, typename Body>
auto PipelineStage(PipelineCall& call, const Body& body) {
  if constexpr (std::is_void_v<In>) {
    return [&call,
            &body](::tbb::flow_control& control) -> PipelineItemType<Out> {
      const BodyScope scope(call.algorithm());
      if constexpr (std::is_void_v<Out>) {
        body(control);
      } else {
        Out value = body(control);
        return call.Add(
            AsyncResource("TBB_PIPELINE_ITEM", {}, call.algorithm().where()),
            std::move(value));
      }
    };
  } else {
    return [&call, &body](PipelineItem<In>* passed) -> PipelineItemType<Out> {
      const std::unique_ptr<PipelineItem<In>> item = call.Take(passed);
      if constexpr (std::is_void_v<Out>) {
        item->flow.RunInAsyncScope(body, std::move(item->value));
      } else {
        Out value = item->flow.RunInAsyncScope(body, std::move(item->value));
        return call.Add(std::move(item->flow), std::move(value));
      }
    };
  }
}

// The types of a filter that oneTBB deduces.
template <typename F>
struct FilterTypes;
template <typename T, typename U>
struct FilterTypes<::tbb::filter<T, U>> {
  using In = T;
  using Out = U;
};
template <typename Body>
using DeducedFilter = FilterTypes<decltype(::tbb::filter(
    std::declval<::tbb::filter_mode>(), std::declval<Body>()))>;

}  // namespace tbb_internal

namespace tbb {

using ::tbb::filter_mode;
using ::tbb::flow_control;
using ::tbb::task_group_context;

// filter
//
// A stage, or a chain of stages, as oneTBB's. It knows how to make one for a
// call.
template <typename In, typename Out>
class filter {
 public:
  filter() = default;
  template <typename Body>
  filter(filter_mode mode, const Body& body)
      : make_([mode, body](tbb_internal::PipelineCall& call) {
          return ::tbb::make_filter<tbb_internal::PipelineItemType<In>,
                                    tbb_internal::PipelineItemType<Out>>(
              mode, tbb_internal::PipelineStage<In, Out>(call, body));
        }) {}

  void clear() { make_ = nullptr; }
  filter& operator&=(const filter<Out, Out>& right) {
    return *this = *this & right;
  }

 private:
  template <typename A, typename B, typename C>
  friend filter<A, C> operator&(const filter<A, B>&, const filter<B, C>&);
  friend void parallel_pipeline(std::size_t, const filter<void, void>&,
                                task_group_context&, std::source_location);

  using Stages = ::tbb::filter<tbb_internal::PipelineItemType<In>,
                               tbb_internal::PipelineItemType<Out>>;
  // This is kept until the call returns, as stages refer to the bodies in it.
  std::function<Stages(tbb_internal::PipelineCall&)> make_;
};

template <typename A, typename B, typename C>
filter<A, C> operator&(const filter<A, B>& left, const filter<B, C>& right) {
  filter<A, C> both;
  both.make_ = [left = left.make_,
                right = right.make_](tbb_internal::PipelineCall& call) {
    return left(call) & right(call);
  };
  return both;
}

template <typename Body>
filter(filter_mode, const Body&)
    -> filter<typename tbb_internal::DeducedFilter<Body>::In,
              typename tbb_internal::DeducedFilter<Body>::Out>;

template <typename In, typename Out, typename Body>
filter<In, Out> make_filter(filter_mode mode, const Body& body) {
  return filter<In, Out>(mode, body);
}
template <typename Body>
auto make_filter(filter_mode mode, const Body& body) {
  return filter(mode, body);
}

// parallel_pipeline()
//
// Calls `tbb::parallel_pipeline` with one chain of filters. The first stage
// runs in the context that was current at the call; what it enters it enters
// for the item that it returns, and for no other. Every later stage starts in
// the item's context; what it enters ends with it. To tell a later stage
// something, put it into the item. The caller's context is untouched. Items
// that are left when the pipeline ends, because a stage threw, or because the
// first one returned an item when it stopped, are dropped before the call
// returns.
//
// Cost: an allocation for each item, and two more at each stage but the last.
// Differs from oneTBB: a chain of more than one filter is made by `&`; items
// that wait for their turn when a stage throws are destroyed, which oneTBB
// 2021.8 forgets.
inline void parallel_pipeline(
    std::size_t max_number_of_live_tokens, const filter<void, void>& chain,
    task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::PipelineCall call("TBB_PARALLEL_PIPELINE", where);
  ::tbb::parallel_pipeline(max_number_of_live_tokens, chain.make_(call),
                           context);
}
inline void parallel_pipeline(
    std::size_t max_number_of_live_tokens, const filter<void, void>& chain,
    std::source_location where = std::source_location::current()) {
  task_group_context context;
  parallel_pipeline(max_number_of_live_tokens, chain, context, where);
}

}  // namespace tbb
}  // namespace weft

#endif  // WEFT_ADAPTERS_ONETBB_PARALLEL_PIPELINE_H_
