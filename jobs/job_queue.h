// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// jobs/job_queue.h
// -----------------------------------------------------------------------------
//
// `JobQueue` submits jobs to an engine, with the context of the flow that
// submits them, and returns the future of the result.
//
// Example:
//
//   inline constexpr weft::jobs::JobType<std::string, Counts> kCount("count");
//
//   weft::jobs::JobQueue queue(engine, executor, propagator);
//   weft::Future<Counts> counts = queue.Submit(kCount, text);  // in a thread
//   const Counts more = co_await queue.Call(kCount, text);  // in a coroutine

#ifndef WEFT_JOBS_JOB_QUEUE_H_
#define WEFT_JOBS_JOB_QUEUE_H_

#include <cstddef>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/sync/async_semaphore.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/job.h"
#include "weft/jobs/job_stats.h"
#include "weft/jobs/job_type.h"
#include "weft/propagation/propagator.h"

namespace weft::jobs {

// What a submission does when the queue is full.
enum class WhenQueueFull {
  kBlock,   // waits until there is room, as any wait does
  kReject,  // throws JobQueueFullError
};

// The options of a `JobQueue`.
struct JobQueueOptions {
  // How many jobs this queue may have submitted that have not ended; at
  // least 1.
  std::size_t max_unfinished = 10'000;
  WhenQueueFull when_full = WhenQueueFull::kBlock;
};

}  // namespace weft::jobs

namespace weft::jobs_internal {

// A value as bytes; nothing for void.
template <typename In>
std::string Encoded(const In& in) {
  return jobs::JobCodec<In>::Encode(in);
}

}  // namespace weft::jobs_internal

namespace weft::jobs {

// JobQueue
//
// A job takes along what `propagator` takes: trace, baggage, deadline, and the
// storages that were added to it. Nothing else of the submitting flow reaches
// the handler, in process neither.
//
// Thread-safety: thread-safe, except for destruction.
// Lifetime: engine, executor and propagator must outlive it. Jobs go on when it
//   is destroyed, and their futures settle.
// Hook events: the future of a result is a resource of type "PROMISE".
// Traces: a job and its end are messages of type "JOB" (hooks/messages.h).
// Cost: that of `Propagator::Inject()`, of a `Promise` and of the engine.
class JobQueue {
 public:
  // Makes a queue whose futures belong to `executor`. Throws
  // std::invalid_argument, naming the option, if one is out of range.
  JobQueue(Engine& engine, Executor& executor, const Propagator& propagator,
           const JobQueueOptions& options = {});
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  // JobQueue::Submit()
  //
  // Submits a job and returns the future of its result. The future throws
  // JobFailedError if the job was given up, DeadlineExceededError if it was not
  // done by the deadline of the calling flow, JobLostError if nobody knows, and
  // what `JobCodec<Out>::Decode()` throws.
  //
  // If the queue is full this waits for room, as any wait does, but no longer
  // than the flow's deadline; then it throws DeadlineExceededError. Throws
  // JobQueueFullError if the queue rejects; JobTooLargeError;
  // std::invalid_argument, naming the option, if one is out of range; and what
  // the codec and the propagator's functions throw. Then there is no job.
  template <typename In, typename Out>
  Future<Out> Submit(
      const JobType<In, Out>& type, const std::type_identity_t<In>& in,
      const JobOptions& options = {},
      std::source_location where = std::source_location::current()) {
    return Decoded<Out>(
        SubmitBytes(type.name(), jobs_internal::Encoded(in), options, where));
  }
  // The same for jobs that are given nothing.
  template <typename Out>
  Future<Out> Submit(
      const JobType<void, Out>& type, const JobOptions& options = {},
      std::source_location where = std::source_location::current()) {
    return Decoded<Out>(SubmitBytes(type.name(), {}, options, where));
  }

  // JobQueue::Call()
  //
  // The same for a coroutine, which waits for room and for the result without a
  // thread. If its flow is cancelled or late the wait ends, and the job goes
  // on. Give options a name before the `co_await`: g++ 12 destroys a braced one
  // in there twice.
  template <typename In, typename Out>
  Task<Out> Call(JobType<In, Out> type, std::type_identity_t<In> in,
                 std::source_location where = std::source_location::current()) {
    static const JobOptions kDefaults;
    return CallBytes<Out>(type.name(), jobs_internal::Encoded(in), &kDefaults,
                          where);
  }
  // `options` must outlive the coroutine.
  template <typename In, typename Out>
  Task<Out> Call(JobType<In, Out> type, std::type_identity_t<In> in,
                 const JobOptions& options,
                 std::source_location where = std::source_location::current()) {
    return CallBytes<Out>(type.name(), jobs_internal::Encoded(in), &options,
                          where);
  }

  // Returns how many jobs this queue has submitted that have not ended.
  std::size_t unfinished() const noexcept {
    return room_.permits() - room_.available();
  }

  // Returns what became of the submissions. Takes a lock for a moment.
  JobQueueStats stats() const;

 private:
  class Tally;
  struct Pending;

  template <typename Out>
  static Future<Out> Decoded(Future<std::string> bytes) {
    if constexpr (std::is_same_v<Out, std::string>) {
      return bytes;
    } else {
      return std::move(bytes).Then([](const std::string& result) {
        return JobCodec<Out>::Decode(result);
      });
    }
  }

  template <typename Out>
  Task<Out> CallBytes(std::string_view type, std::string payload,
                      const JobOptions* options, std::source_location where) {
    AsyncSemaphore::Permits room = co_await Room();
    Future<std::string> result = SubmitWithRoom(
        std::move(room), type, std::move(payload), *options, where);
    const std::string bytes = co_await std::move(result);
    co_return JobCodec<Out>::Decode(bytes);
  }

  // Returns the right to submit one. Throws JobQueueFullError.
  ValueFuture<AsyncSemaphore::Permits> Room();
  Future<std::string> SubmitBytes(std::string_view type, std::string payload,
                                  const JobOptions& options,
                                  std::source_location where);
  Future<std::string> SubmitWithRoom(AsyncSemaphore::Permits room,
                                     std::string_view type, std::string payload,
                                     const JobOptions& options,
                                     std::source_location where);

  Engine& engine_;
  Executor& executor_;
  const Propagator& propagator_;
  const WhenQueueFull when_full_;
  AsyncSemaphore room_;
  const std::shared_ptr<Tally> tally_;  // which submissions may outlive this
};

// Remote()
//
// Returns a stage of a `Pipeline`, or a function for any other use, that has a
// job done for each value it is given, and returns a coroutine of the result.
// The queue must outlive it.
//
//   weft::Pipeline("read", ReadNext)
//       .Then(weft::StageMode::kParallel, "count", Remote(queue, kCount))
//       .Then(weft::StageMode::kSerialInOrder, "print", Print);
template <typename In, typename Out>
auto Remote(JobQueue& queue, JobType<In, Out> type) {
  return [&queue, type](In in) { return queue.Call(type, std::move(in)); };
}

}  // namespace weft::jobs

#endif  // WEFT_JOBS_JOB_QUEUE_H_
