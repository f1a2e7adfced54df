// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/request_log.h"

#include <utility>

#include "weft/examples/printable.h"
#include "weft/examples/request_server/thread_name.h"

namespace request_server {

std::string FormatLogEntry(const LogEntry& entry) {
  std::string line = "[";
  line.append(entry.thread).append("] ").append(entry.request_id).append(": ");
  return line.append(examples::Printable(entry.message));
}

RequestLog::RequestLog(const RequestIdStorage& request_id, Sink sink)
    : request_id_(request_id), sink_(std::move(sink)) {}

void RequestLog::Write(std::string_view message) const {
  const RequestId* const id = request_id_.GetStore();
  const std::string thread = ThreadName();
  sink_({.thread = thread,
         .request_id = id != nullptr ? std::string_view(*id) : "-",
         .message = message});
}

}  // namespace request_server
