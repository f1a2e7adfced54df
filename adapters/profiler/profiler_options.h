// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/profiler/profiler_options.h
// -----------------------------------------------------------------------------
//
// What a `ProfilerRecords` (profiler_records.h) is given, and what it counts.

#ifndef WEFT_ADAPTERS_PROFILER_PROFILER_OPTIONS_H_
#define WEFT_ADAPTERS_PROFILER_PROFILER_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weft/propagation/trace_context.h"

namespace weft {

// ResourceAttribute
//
// A fact of the process for readers, as `service.name`: see OpenTelemetry's
// semantic conventions.
struct ResourceAttribute {
  // The name; not empty, and no other's.
  std::string name;
  // The value, in UTF-8.
  std::string value;
};

// ProfilerRecordsOptions
//
// The options of a `ProfilerRecords`.
struct ProfilerRecordsOptions {
  // The facts of the process.
  std::vector<ResourceAttribute> resource = {};
  // The function that returns the trace of the calling flow, or nothing. Null
  // stands for `TraceContext::Current()`. It is called on any thread, where a
  // task, another resource or a `ProfilerScope` begins; it must not submit, nor
  // wait. If it throws, the record has no trace.
  std::optional<TraceContext> (*trace)() = nullptr;
};

// ProfilerRecordsStats
//
// What was not published, and what was, since the process began.
struct ProfilerRecordsStats {
  // The number of tasks and scopes whose thread showed no record for want of
  // memory.
  std::uint64_t failed = 0;
  // The number of labels that were left out of a record, as it has 640 bytes at
  // most, and the process 256 names of labels.
  std::uint64_t left_out = 0;
  // The number of names of labels that readers have been told.
  std::size_t keys = 0;

  // True if both are equal.
  friend bool operator==(const ProfilerRecordsStats&,
                         const ProfilerRecordsStats&) = default;
};

}  // namespace weft

#endif  // WEFT_ADAPTERS_PROFILER_PROFILER_OPTIONS_H_
