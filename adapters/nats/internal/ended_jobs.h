// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The jobs that have ended, as far as this process has read that.
//
// A server that was killed delivers jobs that have ended once more: all that it
// keeps, if it has lost how far its consumer was, and many otherwise, since it
// writes acknowledgements later than it takes them. To look one up takes it
// milliseconds; to read the ends one after the other, without results, some
// microseconds each. So they are read when many are needed.

#ifndef WEFT_ADAPTERS_NATS_INTERNAL_ENDED_JOBS_H_
#define WEFT_ADAPTERS_NATS_INTERNAL_ENDED_JOBS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "weft/adapters/nats/internal/client.h"
#include "weft/adapters/nats/internal/message.h"
#include "weft/adapters/nats/internal/puller.h"
#include "weft/adapters/nats/internal/store.h"
#include "weft/base/sync/mutex.h"

namespace weft::nats_internal {

// Thread-safety: thread-safe.
// Cost: 50 bytes for each job, of a million jobs at most; those beyond are not
//   known to have ended. Nothing, and no thread, before the first `ReadFrom()`.
class EndedJobs final : public Puller {
 public:
  explicit EndedJobs(std::shared_ptr<Store> store)
      : Puller(store->client(), store->names().ends_stream),
        store_(std::move(store)) {}

  // A delivery was of a job whose end is the record `found`: begins to read the
  // ends from about there on, unless it does so already. If it cannot, nothing
  // more is known.
  void ReadFrom(std::uint64_t found) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns the last place in the stream of jobs of which one has ended, if
  // that has been read since then; otherwise begins to read it. Those of which
  // a submitter has said that their deadline has passed do not count.
  std::optional<std::uint64_t> LastSince(Clock::time_point since)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The connection is back, so what was being read is read from where it was.
  void ReadOn() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends the reading for good.
  void Stop() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns whether it is known that the delivery is of a job that has ended,
  // and of which nothing is left to be stored.
  bool Has(const Delivery& delivery) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  std::shared_ptr<EndedJobs> Self() {
    return std::static_pointer_cast<EndedJobs>(shared_from_this());
  }
  void Take(Message message, bool has_place) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void OnGone() override { ReadOn(); }
  // Asks the server for a consumer that begins after what was read last.
  void MakeReader();
  void SetReader(std::uint64_t round, const Answer& answer)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Add(const Message& message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<Store> store_;
  mutable base::Mutex mutex_;
  bool is_open_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_asking_ ABSL_GUARDED_BY(mutex_) = false;   // where the stream ends
  Clock::time_point began_ ABSL_GUARDED_BY(mutex_);  // the last reading
  // All that was stored by then has been read.
  Clock::time_point read_until_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t last_ended_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t round_ ABSL_GUARDED_BY(mutex_) = 0;  // of readers
  std::string reader_ ABSL_GUARDED_BY(mutex_);       // its consumer
  std::uint64_t next_in_reader_ ABSL_GUARDED_BY(mutex_) = 1;
  // The records that were read, all of these and those in between.
  std::uint64_t first_read_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t last_read_ ABSL_GUARDED_BY(mutex_) = 0;
  Clock::time_point not_before_ ABSL_GUARDED_BY(mutex_);
  // When a job was stored, by its place in the stream. Both together are of one
  // job, even if the stream was made anew or has lost its end.
  std::unordered_map<std::uint64_t, std::int64_t> times_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace weft::nats_internal

#endif  // WEFT_ADAPTERS_NATS_INTERNAL_ENDED_JOBS_H_
