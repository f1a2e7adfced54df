// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The seam: where the records of threads are made, and shown.
//
// A thread keeps a stack of records, one for each resource that runs on it, one
// inside the other, and for each ProfilerScope. What it shows is a pointer to
// the one on top, in a thread-local variable that readers find by its name. A
// record is written where a resource or scope begins, from the context that is
// current there, and then the pointer is moved to it; where that ends, the
// pointer goes back to the one below. A record stays as it is where the next
// resource that begins there has the same context. So a reader never sees a
// record that is being written, and what it sees is memory of the thread
// itself, which stays as long as the thread does.
//
// The signals of before and after say where a resource begins and ends
// (observe/internal/tap.h). Nothing in the way of a task is there for profilers
// alone.

#ifndef WEFT_ADAPTERS_PROFILER_INTERNAL_THREAD_RECORDS_H_
#define WEFT_ADAPTERS_PROFILER_INTERNAL_THREAD_RECORDS_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "weft/adapters/profiler/profiler_options.h"
#include "weft/propagation/trace_context.h"

namespace weft::profiler_internal {

using TraceFunction = std::optional<TraceContext> (*)();

// Begins to make records, and to show them. Throws as ProfilerRecords().
void StartRecords(std::vector<ResourceAttribute> resource, TraceFunction trace);
// Ends it. Afterwards no thread shows a record.
void StopRecords() noexcept;

// Returns the counts. Thread-safe.
ProfilerRecordsStats RecordStats() noexcept;

// The number of the session between a StartRecords() and its StopRecords(); 0
// outside of them.
extern constinit std::atomic<std::uint64_t> session;

// Shows a record of the calling flow, until EndScope(). Owner-only.
void BeginScope(const void* scope) noexcept;
// Shows what was shown before. Does nothing if the scope was not told of, or
// has ended with what is around it.
void EndScope(const void* scope) noexcept;

}  // namespace weft::profiler_internal

#endif  // WEFT_ADAPTERS_PROFILER_INTERNAL_THREAD_RECORDS_H_
