// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// An engine that counts what another one tells of the jobs that it is given.

#ifndef WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_COUNTED_ENGINE_H_
#define WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_COUNTED_ENGINE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "weft/jobs/engine.h"

namespace distributed_pipeline {

// What became of the jobs that were submitted. One that is submitted again, by
// its dedup id, is the same job.
struct EndCounts {
  std::int64_t submitted = 0;
  // Jobs with a result, or with a reason why there is none.
  std::int64_t ended = 0;
  // Jobs of which it was told that nobody knows, and nothing since.
  std::int64_t lost = 0;
  // Ends told for a job after its first.
  std::int64_t twice = 0;
};

// Thread-safe.
class CountedEngine final : public weft::jobs::Engine {
 public:
  // `engine` must outlive it.
  explicit CountedEngine(weft::jobs::Engine& engine);

  EndCounts ends() const;
  // Waits until so many jobs have ended, or until `time` has passed. Returns
  // how many have.
  std::int64_t WaitForEnds(std::int64_t jobs, std::chrono::milliseconds time);

  void Submit(weft::jobs::Job job, const weft::jobs::JobOptions& options,
              std::function<void(weft::jobs::JobEnd)> ended) override;
  std::unique_ptr<Subscription> Subscribe(std::shared_ptr<Consumer> consumer,
                                          const LeaseOptions& options) override;
  std::size_t max_bytes() const noexcept override;
  weft::jobs::JobCounts counts() const override;
  std::vector<weft::jobs::DeadLetter> TakeDeadLetters(
      std::size_t at_most) override;

 private:
  class Tally;

  weft::jobs::Engine& engine_;
  const std::shared_ptr<Tally> tally_;  // which ends may outlive this
};

}  // namespace distributed_pipeline

#endif  // WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_COUNTED_ENGINE_H_
