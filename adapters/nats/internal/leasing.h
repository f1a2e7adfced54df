// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The way of jobs from the server to one consumer, under leases.

#ifndef WEFT_ADAPTERS_NATS_INTERNAL_LEASING_H_
#define WEFT_ADAPTERS_NATS_INTERNAL_LEASING_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "weft/adapters/nats/internal/client.h"
#include "weft/adapters/nats/internal/message.h"
#include "weft/adapters/nats/internal/puller.h"
#include "weft/adapters/nats/internal/store.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/job.h"

namespace weft::nats_internal {

// Thread-safety: thread-safe.
class Leasing final : public Puller {
 public:
  // Makes one that is open. Throws std::runtime_error.
  static std::shared_ptr<Leasing> Make(
      std::shared_ptr<Store> store,
      std::shared_ptr<jobs::Engine::Consumer> consumer,
      const jobs::Engine::LeaseOptions& options);

 private:
  // A message with a job, and what is known of it.
  struct Arrival;

  Leasing(std::shared_ptr<Store> store,
          std::shared_ptr<jobs::Engine::Consumer> consumer,
          const jobs::Engine::LeaseOptions& options)
      : Puller(store->client(), store->names().jobs_stream),
        store_(std::move(store)),
        consumer_(std::move(consumer)),
        options_(options) {}

  void Take(Message message, bool has_place) override;
  void OnGone() override;
  // The same when it is known that the job has not ended, and how many of its
  // deliveries count as no attempt.
  void TakeLive(std::shared_ptr<Arrival> arrival, std::int64_t notes);
  std::shared_ptr<Leasing> Self() {
    return std::static_pointer_cast<Leasing>(shared_from_this());
  }
  // The place of an arrival that is not delivered is free again.
  void Free(const Arrival& arrival);

  const std::shared_ptr<Store> store_;
  const std::shared_ptr<jobs::Engine::Consumer> consumer_;
  const jobs::Engine::LeaseOptions options_;
  // A delivery may be of a job that has ended, though it is the first.
  std::atomic<bool> looks_for_ends_{false};
  std::atomic<bool> is_remaking_{false};
  // The place in the stream of the last job that was delivered for the first
  // time. For the thread that calls Take().
  std::uint64_t last_new_ = 0;
};

}  // namespace weft::nats_internal

#endif  // WEFT_ADAPTERS_NATS_INTERNAL_LEASING_H_
