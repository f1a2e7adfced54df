// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/trace/otlp_json.h
// -----------------------------------------------------------------------------
//
// A recording as spans of OpenTelemetry, in the JSON encoding of its protocol:
// what collectors take at /v1/traces, and read from files.
//
//   std::ofstream("spans.json")
//       << weft::observe::OtlpJson(weft::observe::TakeSnapshot(),
//                                  {.service_name = "shop"});
//
// Node counterpart: none.

#ifndef WEFT_OBSERVE_TRACE_OTLP_JSON_H_
#define WEFT_OBSERVE_TRACE_OTLP_JSON_H_

#include <cstddef>
#include <string>

#include "weft/base/language.h"
#include "weft/observe/trace/recording.h"

namespace weft::observe {

// What the recording does not say.
struct OtlpOptions {
  // The attribute service.name of the process.
  std::string service_name = "weft";
  // The most spans, of which those are kept that have ended last.
  std::size_t max_spans = 50'000;
};

// OtlpJson()
//
// Returns an ExportTraceServiceRequest: a span for each run of a resource, with
// its type as the name, where it was made (code.file.path, code.line.number,
// code.function.name), its ids (weft.async_id, weft.trigger_async_id) and its
// thread (thread.id, thread.name) as attributes. One that has thrown has the
// status of an error; one that has not ended ends at the time of the snapshot,
// and has the attribute weft.running. The scope's attribute weft.left_out
// counts those beyond `max_spans`.
//
// The parent of a span is the last run, before it began, of the resource that
// caused its own. Spans whose causes go back to one resource, as far as these
// are recorded, are one trace. The same run has the same ids in another
// recording of the process, unless an earlier cause is known there. The ids
// have nothing to do with those of traces of other processes.
//
// Texts are UTF-8; a byte that is none is taken for Latin-1.
//
// Thread-safety: thread-safe.
// Throws std::bad_alloc. The size is about 800 bytes a span.
std::string OtlpJson(const Recording& recording,
                     const OtlpOptions& options = {});

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_TRACE_OTLP_JSON_H_
