// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the context itself costs.

#ifndef WEFT_BENCHMARKS_WORKLOADS_CONTEXT_CONTEXT_H_
#define WEFT_BENCHMARKS_WORKLOADS_CONTEXT_CONTEXT_H_

namespace weft::benchmarks::context {

// AsyncLocalStorage::GetStore() with so many storages bound; nanoseconds.
// Instantiated, as Run, for 1 and 16.
template <int storages>
double GetStore(int threads);

// AsyncLocalStorage::Run() that makes so many of them bound; nanoseconds.
template <int storages>
double Run(int threads);

// What a detached task does with its context, capture and release, on several
// threads at once that share one frame; nanoseconds for both.
double CaptureWeft(int threads);
// The same with a shared pointer.
double CaptureSharedPtr(int threads);

}  // namespace weft::benchmarks::context

#endif  // WEFT_BENCHMARKS_WORKLOADS_CONTEXT_CONTEXT_H_
