// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/jobs/job_queue.h"

#include <chrono>
#include <cstdint>
#include <exception>
#include <stdexcept>

#include "absl/base/thread_annotations.h"
#include "weft/base/steady_now.h"
#include "weft/base/sync/mutex.h"
#include "weft/context/deadline.h"
#include "weft/executor/errors.h"
#include "weft/executor/promise.h"
#include "weft/hooks/messages.h"
#include "weft/jobs/errors.h"
#include "weft/jobs/internal/wall_deadline.h"
#include "weft/propagation/carrier.h"

namespace weft::jobs {

using base::MutexLock;
using jobs_internal::kJobMessages;
using jobs_internal::SetDeadlineHeader;

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

// As 16 digits.
std::string HexOf(std::uint64_t number) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) {
    text += kDigits[number >> shift & 0xf];
  }
  return text;
}

}  // namespace

// What stats() has, for the ends of jobs too.
class JobQueue::Tally {
 public:
  using Clock = std::chrono::steady_clock;

  void AddFull() {
    const MutexLock lock(mutex_);
    ++stats_.full;
  }
  void AddJob() {
    const MutexLock lock(mutex_);
    ++stats_.submitted;
  }
  // The engine has thrown.
  void TakeJobBack() {
    const MutexLock lock(mutex_);
    --stats_.submitted;
  }
  void AddEnd(const std::exception_ptr& failure, Clock::duration time) {
    std::int64_t JobQueueStats::* const end = EndOf(failure);
    const MutexLock lock(mutex_);
    stats_.*end += 1;
    if (end == &JobQueueStats::full) {
      --stats_.submitted;
    } else {
      stats_.total_time += time;
    }
  }
  JobQueueStats stats() const {
    const MutexLock lock(mutex_);
    return stats_;
  }

 private:
  static std::int64_t JobQueueStats::* EndOf(
      const std::exception_ptr& failure) {
    if (failure == nullptr) return &JobQueueStats::succeeded;
    try {
      std::rethrow_exception(failure);
    } catch (const JobFailedError&) {
      return &JobQueueStats::failed;
    } catch (const DeadlineExceededError&) {
      return &JobQueueStats::expired;
    } catch (const JobQueueFullError&) {
      return &JobQueueStats::full;
    } catch (...) {
      return &JobQueueStats::lost;
    }
  }

  mutable base::Mutex mutex_;
  JobQueueStats stats_ ABSL_GUARDED_BY(mutex_);
};

JobQueue::JobQueue(Engine& engine, Executor& executor,
                   const Propagator& propagator, const JobQueueOptions& options)
    : engine_(engine),
      executor_(executor),
      propagator_(propagator),
      when_full_(options.when_full),
      room_(executor, Checked(options)),
      tally_(std::make_shared<Tally>()) {}

// Who waits for a job. Its room is free again when the job has ended.
struct JobQueue::Pending {
  Promise<std::string> result;
  AsyncSemaphore::Permits room;
  std::shared_ptr<Tally> tally;
  Tally::Clock::time_point begun;
  std::uint64_t message;  // its id; 0: nobody records
  std::source_location where;
};

JobQueueStats JobQueue::stats() const {
  JobQueueStats stats = tally_->stats();
  stats.max_unfinished = room_.permits();
  stats.unfinished = unfinished();
  return stats;
}

ValueFuture<AsyncSemaphore::Permits> JobQueue::Room() {
  if (when_full_ == WhenQueueFull::kBlock) return room_.Acquire();
  AsyncSemaphore::Permits room = room_.TryAcquire();
  if (room.count() == 0) {
    tally_->AddFull();
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
    tally_->AddFull();
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
  SetDeadlineHeader(job, Deadline::Current());
  std::uint64_t message = 0;
  if (AreMessagesWanted()) [[unlikely]] {
    message = NewMessageId();
    job.headers.emplace(kMessageHeader, HexOf(message));
    TellSent(kJobMessages, message, where);
  }
  const auto pending = std::make_shared<Pending>(
      Pending{Promise<std::string>(executor_, where), std::move(room), tally_,
              base::SteadyNow(), message, where});
  Future<std::string> result = pending->result.GetFuture();
  tally_->AddJob();
  try {
    engine_.Submit(std::move(job), options, [pending](JobEnd end) {
      if (pending->message != 0) {
        TellReceived(kJobMessages, ~pending->message, pending->where);
      }
      pending->tally->AddEnd(end.failure, base::SteadyNow() - pending->begun);
      pending->room = {};
      if (end.failure != nullptr) {
        pending->result.SetException(std::move(end.failure));
      } else {
        pending->result.SetValue(std::move(end.result));
      }
    });
  } catch (...) {
    tally_->TakeJobBack();
    throw;
  }
  return result;
}

}  // namespace weft::jobs
