// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The jobs that this process has submitted and that have not ended, and the
// reader of ends, which tells those who wait.
//
// The reader takes the ends in the order of their stream, from where it stood
// when the engine was made. If one is missing, or the connection was lost, it
// begins anew after the last one that it has seen: nothing is told twice, and
// nothing is left out. So who waits need not ask.

#ifndef WEFT_ADAPTERS_NATS_INTERNAL_SUBMISSIONS_H_
#define WEFT_ADAPTERS_NATS_INTERNAL_SUBMISSIONS_H_

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/adapters/nats/internal/client.h"
#include "weft/adapters/nats/internal/message.h"
#include "weft/adapters/nats/internal/puller.h"
#include "weft/adapters/nats/internal/store.h"
#include "weft/base/sync/mutex.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/job.h"

namespace weft::nats_internal {

// Thread-safety: thread-safe.
class Submissions final : public Puller {
 public:
  static std::shared_ptr<Submissions> Make(std::shared_ptr<Store> store);

  // As jobs::Engine::Submit().
  void Submit(jobs::Job job, const jobs::JobOptions& options,
              std::function<void(jobs::JobEnd)> ended)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Sees to what is due by now.
  void TellWhatIsDue(Clock::time_point now) ABSL_LOCKS_EXCLUDED(mutex_);
  // The reader begins anew.
  void ReadAnew() ABSL_LOCKS_EXCLUDED(mutex_);
  // Tells all who wait that nobody will tell.
  void EndAll() ABSL_LOCKS_EXCLUDED(mutex_);

  jobs::JobCounts counts() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Times = std::multimap<Clock::time_point, std::string>;

  enum class Origin {
    kNotSent,       // whether it has ended before, by its dedup id, is asked
    kNotConfirmed,  // nobody knows yet
    kHere,          // it was submitted here, and is counted
    kKnown,         // it was there already, by its dedup id
  };

  struct Waiting {
    std::vector<std::function<void(jobs::JobEnd)>> ended;
    Origin origin = Origin::kNotConfirmed;
    bool has_deadline = false;
    Times::iterator due = {};
  };

  explicit Submissions(std::shared_ptr<Store> store);

  std::shared_ptr<Submissions> Self() {
    return std::static_pointer_cast<Submissions>(shared_from_this());
  }
  void Take(Message message, bool has_place) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void OnGone() override { ReadAnew(); }

  void MakeReader(std::uint64_t round, std::uint64_t from);
  void Publish(const std::string& id, Message record);
  void OnPublished(const std::string& id, const Answer& answer)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Expire(const std::string& id);
  // Tells those who wait for the job, if any do.
  void Tell(const std::string& id, const End& end);
  // The same with an `Error` of each one's own: who catches one reads it while
  // another may release its own.
  template <typename Error>
  void TellLost(const std::string& id, const std::string& why);
  std::optional<Waiting> Remove(const std::string& id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Counts one of which it is known that it is not another's.
  void Count(Waiting& waiting) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetOrigin(const std::string& id, Origin origin)
      ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<Store> store_;
  const std::string ids_;  // what ids that are made here begin with

  mutable base::Mutex mutex_;
  std::uint64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  Times due_ ABSL_GUARDED_BY(mutex_);
  jobs::JobCounts counts_ ABSL_GUARDED_BY(mutex_);

  // The reader.
  bool is_reading_ ABSL_GUARDED_BY(mutex_) = false;
  // When to try again, if the last attempt to make a consumer was in vain.
  Clock::time_point read_again_at_ ABSL_GUARDED_BY(mutex_) =
      Clock::time_point::max();
  std::uint64_t reading_ ABSL_GUARDED_BY(mutex_) = 0;  // begun so often
  std::string reader_ ABSL_GUARDED_BY(mutex_);         // its consumer
  std::uint64_t last_read_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t next_in_reader_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace weft::nats_internal

#endif  // WEFT_ADAPTERS_NATS_INTERNAL_SUBMISSIONS_H_
