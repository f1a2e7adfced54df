// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A log that says which request each line belongs to, without being told: the
// id is whatever the storage holds where the line is written.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_REQUEST_LOG_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_REQUEST_LOG_H_

#include <functional>
#include <string>
#include <string_view>

#include "weft/examples/request_server/request_id.h"

namespace request_server {

struct LogEntry {
  std::string_view thread;
  std::string_view request_id;  // "-" outside of any request
  std::string_view message;
};

// "[http-io] 7: start", without an end of line; the message, in which bytes of
// clients may be, is made printable.
std::string FormatLogEntry(const LogEntry& entry);

// Thread-safe.
class RequestLog {
 public:
  // Called where the line is written, by several threads at once.
  using Sink = std::function<void(const LogEntry&)>;

  // `request_id` must outlive the log.
  RequestLog(const RequestIdStorage& request_id, Sink sink);

  void Write(std::string_view message) const;

 private:
  const RequestIdStorage& request_id_;
  const Sink sink_;
};

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_REQUEST_LOG_H_
