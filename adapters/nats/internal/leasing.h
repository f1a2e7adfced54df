// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The way of jobs from the server to one consumer, under leases.

#ifndef WEFT_ADAPTERS_NATS_INTERNAL_LEASING_H_
#define WEFT_ADAPTERS_NATS_INTERNAL_LEASING_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/adapters/nats/internal/client.h"
#include "weft/adapters/nats/internal/ended_jobs.h"
#include "weft/adapters/nats/internal/message.h"
#include "weft/adapters/nats/internal/puller.h"
#include "weft/adapters/nats/internal/store.h"
#include "weft/base/sync/mutex.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/job.h"

namespace weft::nats_internal {

// Leasing
//
// Asks for as many jobs as the consumer has places. Where the server delivers
// jobs that have ended it looks ahead: it asks for many more, so that these are
// done with fast. A job that has not ended, and that comes so, is held under
// its lease until there is a place. It is not refused: the server takes a
// refusal that is sent twice for two, and has two workers do the job.
//
// Thread-safety: thread-safe.
class Leasing final : public Puller {
 public:
  // Makes one that is open. Throws std::runtime_error.
  static std::shared_ptr<Leasing> Make(
      std::shared_ptr<Store> store, std::shared_ptr<EndedJobs> ended_jobs,
      std::shared_ptr<jobs::Engine::Consumer> consumer,
      const jobs::Engine::LeaseOptions& options);

  // Allows the consumer that many further leases.
  void RequestLeases(std::size_t places) ABSL_LOCKS_EXCLUDED(mutex_);
  // Sees to what is due by now.
  void TickLeases(Clock::time_point now) ABSL_LOCKS_EXCLUDED(mutex_);
  // Delivers no more, gives back what is held, and finishes.
  void FinishLeases() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // A message with a job, and what is known of it.
  struct Arrival;
  // A lease that there is no place for yet.
  struct Held {
    std::unique_ptr<jobs::Lease> lease;
    Clock::time_point since;
  };

  Leasing(std::shared_ptr<Store> store, std::shared_ptr<EndedJobs> ended_jobs,
          std::shared_ptr<jobs::Engine::Consumer> consumer,
          const jobs::Engine::LeaseOptions& options)
      : Puller(store->client(), store->names().jobs_stream),
        store_(std::move(store)),
        ended_jobs_(std::move(ended_jobs)),
        consumer_(std::move(consumer)),
        options_(options) {}

  void Take(Message message, bool has_place) override;
  void OnGone() override;
  void OnSilence() override;
  // The same when it is known that the job has not ended, and how many of its
  // deliveries count as no attempt.
  void TakeLive(std::shared_ptr<Arrival> arrival, std::int64_t notes);
  std::shared_ptr<Leasing> Self() {
    return std::static_pointer_cast<Leasing>(shared_from_this());
  }
  // The place of an arrival that is not delivered is free again.
  void Free(const Arrival& arrival) ABSL_LOCKS_EXCLUDED(mutex_);
  // Delivers it, or holds it until there is a place.
  void TakeLease(std::unique_ptr<jobs::Lease> lease, bool has_place)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void LookAhead() ABSL_LOCKS_EXCLUDED(mutex_);
  void StopLookingAhead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The consumer at the server begins with jobs that may have ended, so that
  // their first deliveries are looked up, too: all of them, until it is known
  // which is the last one that has ended.
  void LookForEnds() ABSL_LOCKS_EXCLUDED(mutex_);
  void LookForFewerEnds() ABSL_LOCKS_EXCLUDED(mutex_);
  bool MayHaveEnded(std::uint64_t sequence) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<Store> store_;
  const std::shared_ptr<EndedJobs> ended_jobs_;
  const std::shared_ptr<jobs::Engine::Consumer> consumer_;
  const jobs::Engine::LeaseOptions options_;
  static constexpr auto kAll = std::numeric_limits<std::uint64_t>::max();
  std::atomic<bool> is_remaking_{false};
  std::atomic<bool> is_asking_{false};  // whether the consumer is gone
  // How many that had ended were looked up, of those delivered before.
  std::atomic<std::uint64_t> looked_up_{0};
  // The place in the stream of the last job that was delivered for the first
  // time. For the thread that calls Take().
  std::uint64_t last_new_ = 0;

  base::Mutex mutex_;
  // Up to this place in the stream a delivery may be of a job that has ended,
  // though it is the first; and when that became known.
  std::uint64_t look_until_ ABSL_GUARDED_BY(mutex_) = 0;
  Clock::time_point looks_since_ ABSL_GUARDED_BY(mutex_);
  // Every message that has been asked for, and has not come to its end here, is
  // for one of the consumer's free places or one of those ahead.
  std::size_t free_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t ahead_ ABSL_GUARDED_BY(mutex_) = 0;
  bool looks_ahead_ ABSL_GUARDED_BY(mutex_) = false;
  Clock::time_point last_ended_ ABSL_GUARDED_BY(mutex_);  // when one came
  std::deque<Held> held_ ABSL_GUARDED_BY(mutex_);
  Clock::time_point renew_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace weft::nats_internal

#endif  // WEFT_ADAPTERS_NATS_INTERNAL_LEASING_H_
