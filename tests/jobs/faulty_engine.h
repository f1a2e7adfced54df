// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// An engine of jobs behind a bad network, for simulations.

#ifndef WEFT_TESTS_JOBS_FAULTY_ENGINE_H_
#define WEFT_TESTS_JOBS_FAULTY_ENGINE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "weft/context/duration.h"
#include "weft/executor/executor.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/job.h"

namespace weft::jobs {

struct FaultOptions {
  std::uint64_t seed = 1;
  // The part of the messages that are lost, sent twice or late, from 0 to 1,
  // and how many in all: then the network is good.
  double rate = 0.3;
  int most = 8;
  // How late a message is at most.
  Duration longest_delay = std::chrono::seconds(5);
  // After how long a submitter that has not heard asks again.
  Duration resend = std::chrono::seconds(4);
};

// Stands before another engine as an adapter of a broker does: submissions,
// ends of jobs, deliveries and ends of leases are messages, each a task of its
// own, so they overtake each other. A submission is sent again until its end
// has come. A renewal that is lost looks as if it were done.
//
// What it does follows from the seed and from the schedule. Owner-only: all
// calls come from the thread of the simulation.
class FaultyEngine final : public Engine {
 public:
  FaultyEngine(Engine& engine, Executor& executor, const FaultOptions& options);
  FaultyEngine(const FaultyEngine&) = delete;
  FaultyEngine& operator=(const FaultyEngine&) = delete;
  // Messages that are under way then are lost, and nobody is told.
  ~FaultyEngine() override;

  // Loses all messages for that time, as a server that is started again.
  void GoDown(Duration time);
  // Nothing that the present subscribers say is heard any more, and they hear
  // nothing, as if their processes had been killed.
  void CutOffSubscribers();
  // The same for a time: what they say comes then.
  void FreezeSubscribers(Duration time);

  // Returns how many faults there were.
  int faults() const noexcept;

  void Submit(Job job, const JobOptions& options,
              std::function<void(JobEnd)> ended) override;
  std::unique_ptr<Subscription> Subscribe(std::shared_ptr<Consumer> consumer,
                                          const LeaseOptions& options) override;
  std::size_t max_bytes() const noexcept override;
  JobCounts counts() const override;
  std::vector<DeadLetter> TakeDeadLetters(std::size_t at_most) override;

 private:
  class Network;
  class Subscriber;
  class RemoteLease;
  class HeldSubscription;

  const std::shared_ptr<Network> network_;
};

}  // namespace weft::jobs

#endif  // WEFT_TESTS_JOBS_FAULTY_ENGINE_H_
