// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What is kept of a queue at the server, and under which names.
//
// A queue has two streams. `jobs` has a record of each job. `ends` has what
// comes after: how a job has ended, dead letters, and notes about deliveries
// that do not count as attempts. Records of jobs, ends and dead letters are
// stored only if there is none of that id: so a job is queued once, however
// often it is submitted, and ends once, whoever says how.

#ifndef WEFT_ADAPTERS_NATS_INTERNAL_RECORDS_H_
#define WEFT_ADAPTERS_NATS_INTERNAL_RECORDS_H_

#include <cstdint>
#include <string>

#include "weft/adapters/nats/internal/message.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/job.h"

namespace weft::nats_internal {

// The names of a queue.
struct Names {
  explicit Names(const std::string& queue)
      : prefix("weft." + queue + '.'),
        jobs_stream("weft_" + queue + "_jobs"),
        ends_stream("weft_" + queue + "_ends") {}

  std::string Job(const std::string& id) const { return Of("job", id); }
  std::string End(const std::string& id) const { return Of("end", id); }
  std::string Dead(const std::string& id) const { return Of("dead", id); }
  std::string Note(const std::string& id) const { return Of("note", id); }
  // All subjects of that kind.
  std::string All(const char* kind) const { return prefix + kind + ".*"; }

  std::string prefix;
  std::string jobs_stream;
  std::string ends_stream;

 private:
  std::string Of(const char* kind, const std::string& id) const {
    return prefix + kind + '.' + TokenOf(id);
  }
};

// The durable consumers: the workers', and that of who takes dead letters.
inline constexpr char kWorkers[] = "workers";
inline constexpr char kDeadLetters[] = "dead_letters";

// How a job has ended.
struct End {
  enum class Kind { kSucceeded, kFailed, kExpired };
  // As a submitter is told.
  jobs::JobEnd Told(const std::string& id) const;

  Kind kind = Kind::kSucceeded;
  std::string text = {};  // the result, or the reason
  int attempts = 0;
  // Names who has said so: a delivery, or a submitter. Only to tell whether a
  // record that is there already is one's own.
  std::string author = {};
};

// Headers of a job that the engine writes: not before that time, in
// milliseconds since 1970.
inline constexpr char kNotBefore[] = "Weft-Job-Not-Before-Ms";

// The most bytes that headers, and a reason, may have.
inline constexpr std::size_t kMostHeaderBytes = 32 * 1024;
inline constexpr std::size_t kMostReasonBytes = 8 * 1024;
// What a record has besides payload, headers and reason, at most.
inline constexpr std::size_t kMostRecordBytes = 2 * 1024;

// Throws std::invalid_argument, naming the header, if one cannot be sent, and
// JobTooLargeError if they are too large.
void CheckHeaders(const jobs::Job& job);

Message JobRecord(const Names& names, const jobs::Job& job);
jobs::Job ReadJob(const Message& record);

Message EndRecord(const Names& names, const std::string& id, const End& end);
End ReadEnd(const Message& record);

Message DeadRecord(const Names& names, const jobs::DeadLetter& letter);
jobs::DeadLetter ReadDead(const Message& record);

}  // namespace weft::nats_internal

#endif  // WEFT_ADAPTERS_NATS_INTERNAL_RECORDS_H_
