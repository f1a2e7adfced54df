// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/profiler/profiler_records.h
// -----------------------------------------------------------------------------
//
// While a `ProfilerRecords` lives, profilers of the whole machine can read on
// whose behalf each thread of this process works: the trace of the flow that
// runs there, and those labels (context/label.h) that profilers may see. It
// publishes them as OpenTelemetry's proposals OTEP 4719 (process context) and
// OTEP 4947 (thread context) say, in the memory of this process, where a reader
// with the right to trace the process finds them. Both proposals are in
// development; the records are of the schema `tlsdesc_v1_dev`.
//
// A record is written where a thread begins a task, resumes a coroutine, or
// enters another resource, and shows the context as it is there; where that
// ends, the thread shows what it did before. What a task enters later is shown
// by a `ProfilerScope` (profiler_scope.h). A thread that begins several tasks
// of one context, one after another, writes the record for the first: so the
// form of a label (context/label.h) is not called for each, and a text that
// depends on more than the store, as on what a pointer leads to, may be an
// older one.
//
// Example:
//
//   const weft::AsyncLocalStorage<std::string> route(
//       {.name = "http.route", .label = weft::Visibility::kProfiler});
//   const weft::ProfilerRecords records(
//       {.resource = {{"service.name", "shop"}}});
//   ...
//   route.Run("/cart", [&] {
//     executor.Submit([] { ... });  // its samples have http.route=/cart
//   });
//
// Linux only. The thread-local variable `otel_thread_ctx_v1` must be among the
// dynamic symbols of the program, or of the shared library that has it; the
// targets of Bazel and CMake see to it.
//
// Node counterpart: none.

#ifndef WEFT_ADAPTERS_PROFILER_PROFILER_RECORDS_H_
#define WEFT_ADAPTERS_PROFILER_PROFILER_RECORDS_H_

#include "weft/adapters/profiler/profiler_options.h"

namespace weft {

// ProfilerRecords
//
// Publishes records as long as it lives. A process has one at a time.
//
// Between tasks a thread has no record. Parts of a fork that run on the thread
// that forked them have its record. Destructors of what a task has captured run
// without. A thread keeps the records of 32 resources and scopes that run on it
// one inside the other: deeper ones have a record while nothing is inside them.
//
// Thread-safety: `stats()` is thread-safe; making and destroying must not
//   overlap with another's.
// Lifetime: tasks may run while it is made and destroyed; those that run then
//   may be without a record until they end. Where the destructor has returned,
//   no thread shows one. A child of fork() publishes nothing to readers, unless
//   it destroys this object and makes another.
// Cost: nothing without an object: what tells it is what tells the flight
//   recorder and hooks. With it, what docs/performance.md has measured for a
//   task with a trace and one label, nothing for a part of a fork that is not
//   stolen, and 24 kB for each thread that runs tasks, from the first one on
//   until the thread ends.
class ProfilerRecords {
 public:
  // Throws std::logic_error if there is one already; std::invalid_argument,
  // which names it, if an attribute has no name, or one that another has;
  // std::system_error if the system gives no memory that readers can find, and
  // std::bad_alloc.
  explicit ProfilerRecords(ProfilerRecordsOptions options = {});
  ProfilerRecords(const ProfilerRecords&) = delete;
  ProfilerRecords& operator=(const ProfilerRecords&) = delete;
  ~ProfilerRecords();

  // Returns the counts. They are exact once no task runs.
  ProfilerRecordsStats stats() const noexcept;
};

}  // namespace weft

#endif  // WEFT_ADAPTERS_PROFILER_PROFILER_RECORDS_H_
