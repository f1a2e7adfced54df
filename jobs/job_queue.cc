// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/jobs/job_queue.h"

#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>

#include "weft/context/deadline.h"
#include "weft/executor/errors.h"
#include "weft/executor/promise.h"
#include "weft/jobs/errors.h"
#include "weft/propagation/carrier.h"

namespace weft::jobs {

namespace {

std::size_t Checked(const JobQueueOptions& options) {
  if (options.max_unfinished == 0) {
    throw std::invalid_argument(
        "JobQueueOptions::max_unfinished: 0; it must be at least 1");
  }
  return options.max_unfinished;
}

void Check(const JobOptions& options) {
  if (std::chrono::nanoseconds(options.delay) < std::chrono::nanoseconds(0)) {
    throw std::invalid_argument(
        "JobOptions::delay: less than 0; it must be at least 0");
  }
  constexpr std::size_t kLongestId = 128;
  const std::string& id = options.dedup_id;
  bool is_allowed = id.size() <= kLongestId;
  for (const char c : id) is_allowed = is_allowed && c > ' ' && c < '\x7f';
  if (!is_allowed || id.starts_with('#')) {
    throw std::invalid_argument(
        "JobOptions::dedup_id: it has " + std::to_string(id.size()) +
        " bytes; up to 128 visible ASCII characters are allowed, the first not "
        "'#'");
  }
}

// Who waits for a job. Its room is free again when the job has ended.
struct Pending {
  Promise<std::string> result;
  AsyncSemaphore::Permits room;
};

}  // namespace

JobQueue::JobQueue(Engine& engine, Executor& executor,
                   const Propagator& propagator, const JobQueueOptions& options)
    : engine_(engine),
      executor_(executor),
      propagator_(propagator),
      when_full_(options.when_full),
      room_(executor, Checked(options)) {}

ValueFuture<AsyncSemaphore::Permits> JobQueue::Room() {
  if (when_full_ == WhenQueueFull::kBlock) return room_.Acquire();
  AsyncSemaphore::Permits room = room_.TryAcquire();
  if (room.count() == 0) {
    throw JobQueueFullError(
        "JobQueue: it is full: " + std::to_string(room_.permits()) +
        " jobs have not ended");
  }
  return ValueFuture<AsyncSemaphore::Permits>(std::move(room));
}

Future<std::string> JobQueue::SubmitBytes(std::string_view type,
                                          std::string payload,
                                          const JobOptions& options,
                                          std::source_location where) {
  Check(options);
  ValueFuture<AsyncSemaphore::Permits> room = Room();
  if (!room.WaitUntil(Deadline::Current().time())) {
    throw DeadlineExceededError(
        "JobQueue: there was no room for a job of type '" + std::string(type) +
        "' before the deadline");
  }
  return SubmitWithRoom(room.Get(), type, std::move(payload), options, where);
}

Future<std::string> JobQueue::SubmitWithRoom(AsyncSemaphore::Permits room,
                                             std::string_view type,
                                             std::string payload,
                                             const JobOptions& options,
                                             std::source_location where) {
  Check(options);
  Job job{.id = {},
          .type = std::string(type),
          .payload = std::move(payload),
          .headers = {},
          .attempt = 1};
  propagator_.Inject(MapWriter(job.headers));
  // That counts from the arrival, and a job waits in between.
  job.headers.erase(std::string(Propagator::kTimeLeftField));
  if (const Deadline deadline = Deadline::Current(); !deadline.is_never()) {
    const auto time = std::chrono::time_point_cast<std::chrono::milliseconds>(
                          std::chrono::system_clock::now()) +
                      std::chrono::duration_cast<std::chrono::milliseconds>(
                          deadline.remaining());
    job.headers.emplace(kDeadlineHeader,
                        std::to_string(time.time_since_epoch().count()));
  }
  const auto pending = std::make_shared<Pending>(
      Promise<std::string>(executor_, where), std::move(room));
  Future<std::string> result = pending->result.GetFuture();
  engine_.Submit(std::move(job), options, [pending](JobEnd end) {
    pending->room = {};
    if (end.failure != nullptr) {
      pending->result.SetException(std::move(end.failure));
    } else {
      pending->result.SetValue(std::move(end.result));
    }
  });
  return result;
}

}  // namespace weft::jobs
