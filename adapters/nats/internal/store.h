// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A queue's records at the server: makes the streams, stores, finds.

#ifndef WEFT_ADAPTERS_NATS_INTERNAL_STORE_H_
#define WEFT_ADAPTERS_NATS_INTERNAL_STORE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/adapters/nats/engine_options.h"
#include "weft/adapters/nats/internal/client.h"
#include "weft/adapters/nats/internal/message.h"
#include "weft/adapters/nats/internal/records.h"
#include "weft/base/sync/mutex.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/job.h"

namespace weft::nats_internal {

// What came of a search.
struct Found {
  bool is_answered = false;
  std::optional<Message> record = {};
  std::uint64_t sequence = 0;  // of the record in its stream
};

// What came of an end that was to be stored.
enum class EndPut {
  kOurs,     // it is stored
  kOthers,   // the job has ended before
  kUnknown,  // no answer
};

// Thread-safety: thread-safe. What is passed to be called is called on the
//   threads of the client.
class Store : public std::enable_shared_from_this<Store> {
 public:
  // Connects, and sees to the streams. Throws std::runtime_error.
  explicit Store(const nats::EngineOptions& options);

  Client& client() noexcept { return client_; }
  const Names& names() const noexcept { return names_; }
  // When what is asked for now is given up.
  Clock::time_point until() const {
    return In(std::chrono::nanoseconds(options_.tell_after));
  }
  std::size_t max_bytes() const noexcept { return max_bytes_; }
  // How long the server keeps records; max() if for ever.
  std::chrono::nanoseconds kept_for() const noexcept { return kept_for_; }
  // The last record of the stream of ends when this was made.
  std::uint64_t last_end() const noexcept { return last_end_; }

  // Returns whether the consumer of workers was made again, so that it begins
  // with jobs that may have ended. Throws std::runtime_error if workers cannot
  // have leases of that time.
  bool SetUpWorkers(Duration lease);
  // Calls `answered(is_gone)`; is_gone: the server says that there is no such
  // consumer, or no stream for it.
  void AskForWorkers(std::function<void(bool)> answered);
  // Has that consumer made, if this may, when it is known to be gone, and calls
  // `made(is_there)`.
  void RemakeWorkers(Duration lease, std::function<void(bool)> made);
  // Throws std::runtime_error.
  std::vector<jobs::DeadLetter> TakeDeadLetters(std::size_t at_most);

  void Find(const std::string& subject, std::function<void(Found)> found);
  void PutEnd(const std::string& id, const End& end, Clock::time_point until,
              std::function<void(EndPut)> put);
  // Acknowledges a delivery of a job that has ended, when its dead letter is
  // stored, if it must have one.
  void Finish(const std::string& ack_subject, const jobs::Job& job,
              const End& end);
  // Has a delivery made again after `pause`. It counts as no attempt if `notes`
  // is not 0: so many of the deliveries so far count as none then.
  void QueueAgain(const std::string& ack_subject, const std::string& id,
                  std::chrono::nanoseconds pause, std::int64_t notes);

  void CountRedelivered() ABSL_LOCKS_EXCLUDED(mutex_);
  void CountRefused() ABSL_LOCKS_EXCLUDED(mutex_);
  // Adds what was counted.
  void AddTo(jobs::JobCounts& counts) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Returns what the server says of the stream, and makes it if need be.
  std::string SetUpStream(const std::string& stream,
                          const std::string& subjects, std::int64_t max_bytes);
  // Returns what the server says of the consumer.
  std::string SetUpConsumer(const std::string& stream,
                            const std::string& consumer,
                            const std::string& filter,
                            std::chrono::nanoseconds lease);
  Answer AskServer(const std::string& call, const std::string& json);

  const nats::EngineOptions options_;
  const Names names_;
  Client client_;
  std::size_t max_bytes_ = 0;
  std::chrono::nanoseconds kept_for_{};
  std::uint64_t last_end_ = 0;

  mutable base::Mutex mutex_;
  std::int64_t redelivered_ ABSL_GUARDED_BY(mutex_) = 0;
  std::int64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace weft::nats_internal

#endif  // WEFT_ADAPTERS_NATS_INTERNAL_STORE_H_
