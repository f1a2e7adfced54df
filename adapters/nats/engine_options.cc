// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/nats/engine_options.h"

#include <algorithm>
#include <stdexcept>

namespace weft::nats {

namespace {

void Require(bool holds, const std::string& option, const std::string& value,
             const std::string& allowed) {
  if (holds) return;
  throw std::invalid_argument("EngineOptions::" + option + ": '" + value +
                              "'; " + allowed);
}

bool IsQueueName(const std::string& name) {
  return !name.empty() && name.size() <= 32 &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

void RequirePositive(Duration time, const char* option) {
  const auto count = std::chrono::nanoseconds(time).count();
  Require(count > 0, option, std::to_string(count) + " ns",
          "it must be more than 0");
}

}  // namespace

void EngineOptions::Validate() const {
  Require(!servers.empty(), "servers", servers, "it must name one at least");
  Require(IsQueueName(queue), "queue", queue,
          "a name has 1 to 32 letters, digits, '-' and '_'");
  RequirePositive(keep_for, "keep_for");
  RequirePositive(tell_after, "tell_after");
  Require(replicas >= 1 && replicas <= 5, "replicas", std::to_string(replicas),
          "1 to 5 are allowed");
  Require(max_stored_bytes >= 0, "max_stored_bytes",
          std::to_string(max_stored_bytes), "it must be at least 0");
  Require(certificate_file.empty() == key_file.empty(), "key_file", key_file,
          "a certificate and its key go together");
}

}  // namespace weft::nats
