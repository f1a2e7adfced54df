// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/onetbb/parallel_scan.h
// -----------------------------------------------------------------------------
//
// `weft::tbb::parallel_scan` is `tbb::parallel_scan` with functions, or a body
// object, that run, on whichever thread, in the context of the caller.
//
// To hooks the call is one resource, "TBB_PARALLEL_SCAN". Init and destroy come
// at its beginning and end, before and after around each run on a subrange,
// each split of a body object, each join and assignment.

#ifndef WEFT_ADAPTERS_ONETBB_PARALLEL_SCAN_H_
#define WEFT_ADAPTERS_ONETBB_PARALLEL_SCAN_H_

#include <concepts>
#include <source_location>

#include "oneapi/tbb/parallel_scan.h"
#include "weft/adapters/onetbb/internal/bound_body.h"
#include "weft/adapters/onetbb/internal/flow_scopes.h"
#include "weft/adapters/onetbb/internal/split_body.h"

namespace weft {

namespace tbb_internal {

// Calls oneTBB's. `rest` is a partitioner, or none.
template <typename Range, typename Value, typename Scan, typename Join,
          typename... Rest>
Value ParallelScan(std::source_location where, const Range& range,
                   const Value& identity, const Scan& scan,
                   const Join& reverse_join, Rest&... rest) {
  const AlgorithmCall call("TBB_PARALLEL_SCAN", where);
  return ::tbb::parallel_scan(range, identity, Borrow(call, scan),
                              Borrow(call, reverse_join), rest...);
}
template <typename Range, typename Body, typename... Rest>
void ParallelScanBody(std::source_location where, const Range& range,
                      Body& body, Rest&... rest) {
  const AlgorithmCall call("TBB_PARALLEL_SCAN", where);
  SplitBody<Body> split(call, body);
  ::tbb::parallel_scan(range, split, rest...);
}

}  // namespace tbb_internal

namespace tbb {

using ::tbb::final_scan_tag;
using ::tbb::pre_scan_tag;

// parallel_scan()
//
// Calls `tbb::parallel_scan`, with functions or with a body object. The
// parameters are the same except for a last one, which the caller leaves out. A
// run of a body starts in the context that was current at the call; what it
// enters ends with it. The caller's context is untouched.
//
// Cost, with no hook: about 2 ns for a run of a function or of the body; no
// shared count, and no allocation.
// Differs from oneTBB: other work that the caller's thread runs until the call
// returns runs outside of the caller's context.
template <typename Range, typename Value, typename Scan, typename Join>
  requires std::invocable<const Scan&, const Range&, const Value&, bool>
Value parallel_scan(
    const Range& range, const Value& identity, const Scan& scan,
    const Join& reverse_join,
    std::source_location where = std::source_location::current()) {
  return tbb_internal::ParallelScan(where, range, identity, scan, reverse_join);
}
template <typename Range, typename Value, typename Scan, typename Join,
          tbb_internal::Partitioner Partitioner>
  requires std::invocable<const Scan&, const Range&, const Value&, bool>
Value parallel_scan(
    const Range& range, const Value& identity, const Scan& scan,
    const Join& reverse_join, Partitioner&& partitioner,
    std::source_location where = std::source_location::current()) {
  return tbb_internal::ParallelScan(where, range, identity, scan, reverse_join,
                                    partitioner);
}
template <typename Range, typename Body>
  requires std::invocable<Body&, const Range&, final_scan_tag>
void parallel_scan(
    const Range& range, Body& body,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelScanBody(where, range, body);
}
template <typename Range, typename Body, tbb_internal::Partitioner Partitioner>
  requires std::invocable<Body&, const Range&, final_scan_tag>
void parallel_scan(
    const Range& range, Body& body, Partitioner&& partitioner,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelScanBody(where, range, body, partitioner);
}

}  // namespace tbb
}  // namespace weft

#endif  // WEFT_ADAPTERS_ONETBB_PARALLEL_SCAN_H_
