// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/nats/engine_options.h
// -----------------------------------------------------------------------------
//
// The options of a `weft::nats::Engine`: where the servers are, which queue it
// is, and how long to try.

#ifndef WEFT_ADAPTERS_NATS_ENGINE_OPTIONS_H_
#define WEFT_ADAPTERS_NATS_ENGINE_OPTIONS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "weft/context/duration.h"

namespace weft::nats {

// SetUp
//
// Says whether the engine makes the streams and consumers that are missing.
enum class SetUp {
  kMustExist,  // the constructor throws, and says what the operator must make
  kCreate,     // they are made
};

// The options of an `Engine`.
struct EngineOptions {
  // Where the servers are, with commas in between; one of a cluster is enough,
  // as it knows the others. A user and a password may stand in there,
  // "nats://user:password@host:4222", and "tls://" for TLS.
  std::string servers = "nats://127.0.0.1:4222";
  // The name of the queue: 1 to 32 letters, digits, '-' and '_'. Those who
  // submit and those who do the jobs name the same.
  std::string queue = {};
  SetUp set_up = SetUp::kMustExist;

  // A file with credentials, as `nsc` writes them.
  std::string credentials_file = {};
  // TLS: the authority that the server must be of, and this client's own
  // certificate with its key, if the server wants one.
  std::string ca_file = {};
  std::string certificate_file = {};
  std::string key_file = {};

  // How long a job and its end are kept, from its submission and from its end;
  // more than 0. A job that is not done by then is lost, and its submitter is
  // told. It is also how long a dedup id is known.
  Duration keep_for = std::chrono::hours(24);
  // How many servers keep them, 1 to 5, and how many bytes the jobs may have,
  // those that have ended included; 0 is no limit. A submission to a queue that
  // is full ends with JobQueueFullError. Both count when streams are made.
  int replicas = 1;
  std::int64_t max_stored_bytes = 0;

  // How long what is not answered is asked for again: the constructor's
  // connection, the confirmation of a submission, an end. More than 0.
  Duration tell_after = std::chrono::seconds(30);
  // The engine calls this, on any thread, with a message for the operator: the
  // connection has been lost for `tell_after`, or is back, or the server has
  // sent an error. It must not block or throw.
  std::function<void(const std::string&)> on_trouble = nullptr;

  // Throws std::invalid_argument, naming the option, if one is out of range.
  void Validate() const;
};

}  // namespace weft::nats

#endif  // WEFT_ADAPTERS_NATS_ENGINE_OPTIONS_H_
