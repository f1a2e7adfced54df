// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/nats/engine.h
// -----------------------------------------------------------------------------
//
// `weft::nats::Engine` keeps jobs in streams of NATS JetStream, so any process
// that is connected to the same servers may do them, and they outlive whoever
// submitted them.
//
// Example:
//
//   weft::Executor executor;
//   weft::nats::Engine engine({.servers = "nats://10.0.0.5:4222",
//                              .queue = "thumbnails",
//                              .set_up = weft::nats::SetUp::kCreate});
//   weft::jobs::JobWorker worker(engine, executor, propagator);  // here, or
//   weft::jobs::JobQueue queue(engine, executor, propagator);    // elsewhere
//
// For servers 2.9 and later, with JetStream.

#ifndef WEFT_ADAPTERS_NATS_ENGINE_H_
#define WEFT_ADAPTERS_NATS_ENGINE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "weft/adapters/nats/engine_options.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/job.h"

namespace weft::nats {

// Engine
//
// Promises: those of jobs::Engine, as long as the servers keep what they have
//   confirmed. Only the first end of a job is stored, so if a worker was frozen
//   and another one took its place, one result counts.
// Counts: they are of this process. Submitted, succeeded, failed, expired, lost
//   and pending are its own submissions; redelivered and refused, the leases
//   that it was given.
// Differs from InProcess: there are no priorities, and a submission with one
//   throws std::invalid_argument: give what is urgent a queue of its own. Ends
//   are told to the server, which may refuse them later: that is counted, and
//   told to nobody else. The time of a lease belongs to the queue: with
//   `SetUp::kCreate` the last one that subscribes sets it for all, otherwise a
//   subscriber must ask for what is set. A dead letter may come a moment after
//   its job's end. Deadlines and delays cross on the wall clock, so they are
//   off by what the clocks of two machines differ.
// Connection: if it is lost this tries for ever, after pauses of up to a second
//   at random, and goes on where it was. Leases cannot be renewed meanwhile, so
//   an outage that is longer than a lease has its jobs begun again. A
//   submission that is not confirmed in `tell_after` ends with JobLostError:
//   nobody knows whether it arrived. Submit it again with its dedup id, and it
//   is done once.
// Thread-safety: thread-safe, except for destruction.
// Threads: three of its own, one for each subscription, and libnats's. They
//   call consumers and submitters.
// Lifetime: subscriptions must be gone before it; leases may outlive it. Its
//   destructor waits until what is under way is answered, 2 s at most; jobs go
//   on, and their submitters here get JobLostError.
// Cost: a message to the server and back for each submission, end and lookup;
//   nobody waits for it. A job with a dedup id takes a lookup more, one that
//   was delivered before two. Each process that submits reads all ends of its
//   queue, results included, so give services of which each has many results a
//   queue each.
class Engine final : public jobs::Engine {
 public:
  // Connects. Throws std::invalid_argument, naming the option, if one is out of
  // range, and std::runtime_error if there is no connection or the streams are
  // not as they must be.
  explicit Engine(const EngineOptions& options);
  ~Engine() override;

  // Engine::Submit()
  //
  // Does what jobs::Engine says. Throws std::invalid_argument for a priority
  // other than 0, and for a header that the server cannot take.
  void Submit(jobs::Job job, const jobs::JobOptions& options,
              std::function<void(jobs::JobEnd)> ended) override;
  std::unique_ptr<Subscription> Subscribe(std::shared_ptr<Consumer> consumer,
                                          const LeaseOptions& options) override;
  std::size_t max_bytes() const noexcept override;
  jobs::JobCounts counts() const override;
  // Waits for the server. Throws std::runtime_error if it does not answer in
  // `tell_after`.
  std::vector<jobs::DeadLetter> TakeDeadLetters(std::size_t at_most) override;

 private:
  class Core;

  const std::unique_ptr<Core> core_;
};

}  // namespace weft::nats

#endif  // WEFT_ADAPTERS_NATS_ENGINE_H_
