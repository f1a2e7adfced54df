// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/jobs/job_metrics.h"

#include <chrono>
#include <concepts>
#include <utility>

namespace weft::jobs {

namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

double Seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// Writes the families of one kind of parts.
template <typename Part>
class PartWriter {
 public:
  // `label` is that of the names of `parts`.
  PartWriter(const char* label, const std::vector<Part>& parts,
             std::vector<MetricFamily>& out)
      : label_(label), parts_(parts), out_(out) {}

  // Adds a family with what `value` returns of each part.
  template <std::invocable<const Part&> Value>
  void Add(MetricKind kind, const char* name, const char* help,
           const Value& value) {
    Begin(kind, name, help);
    for (const Part& part : parts_) {
      AddSample({{label_, part.name}}, static_cast<double>(value(part)));
    }
  }
  // Adds a family with the numbers that `ends` returns of each part: with the
  // label `end` in the order of `names`.
  template <std::invocable<const Part&> Ends>
  void AddEnds(const char* name, const char* help,
               const std::vector<const char*>& names, const Ends& ends) {
    Begin(MetricKind::kCounter, name, help);
    for (const Part& part : parts_) {
      auto number = names.begin();
      for (const auto count : ends(part)) {
        AddSample({{label_, part.name}, {"end", *number++}},
                  static_cast<double>(count));
      }
    }
  }

 private:
  void Begin(MetricKind kind, const char* name, const char* help) {
    out_.push_back({name, kind, help, {}});
  }
  void AddSample(Labels labels, double value) {
    out_.back().samples.push_back({std::move(labels), value});
  }

  const char* const label_;
  const std::vector<Part>& parts_;
  std::vector<MetricFamily>& out_;
};

using Numbers = std::vector<std::int64_t>;
constexpr MetricKind kCounter = MetricKind::kCounter;
constexpr MetricKind kGauge = MetricKind::kGauge;

void WriteQueues(const std::vector<NamedJobQueue>& queues,
                 std::vector<MetricFamily>& out) {
  using Part = const NamedJobQueue&;
  PartWriter writer("queue", queues, out);
  writer.Add(kCounter, "weft_job_submissions", "Jobs that were submitted.",
             [](Part q) { return q.stats.submitted; });
  writer.AddEnds("weft_job_submissions_ended", "Submissions that have ended.",
                 {"succeeded", "failed", "expired", "lost"}, [](Part q) {
                   return Numbers{q.stats.succeeded, q.stats.failed,
                                  q.stats.expired, q.stats.lost};
                 });
  writer.Add(kCounter, "weft_job_submissions_full",
             "Submissions for which there was no room.",
             [](Part q) { return q.stats.full; });
  writer.Add(kCounter, "weft_job_submission_seconds",
             "Time from submission to end, of all that have ended.",
             [](Part q) { return Seconds(q.stats.total_time); });
  writer.Add(kGauge, "weft_jobs_unfinished", "Submissions that have not ended.",
             [](Part q) { return q.stats.unfinished; });
  writer.Add(kGauge, "weft_jobs_max_unfinished",
             "How many submissions may be unfinished.",
             [](Part q) { return q.stats.max_unfinished; });
}

void WriteWorkers(const std::vector<NamedJobWorker>& workers,
                  std::vector<MetricFamily>& out) {
  using Part = const NamedJobWorker&;
  PartWriter writer("worker", workers, out);
  writer.Add(kCounter, "weft_job_attempts",
             "Attempts that the worker was given.",
             [](Part w) { return w.stats.attempts; });
  writer.Add(kCounter, "weft_job_redeliveries",
             "Attempts after the first of a job.",
             [](Part w) { return w.stats.redelivered; });
  writer.AddEnds(
      "weft_job_attempts_ended", "Attempts that have ended.",
      {"succeeded", "retried", "given_up", "expired", "returned", "refused"},
      [](Part w) {
        return Numbers{w.stats.succeeded, w.stats.retried,  w.stats.given_up,
                       w.stats.expired,   w.stats.returned, w.stats.refused};
      });
  writer.Add(kCounter, "weft_job_attempt_seconds",
             "Time from delivery to end, of all attempts that have ended.",
             [](Part w) { return Seconds(w.stats.total_time); });
  writer.Add(kCounter, "weft_job_leases_renewed", "Leases that were renewed.",
             [](Part w) { return w.stats.leases_renewed; });
  writer.Add(kCounter, "weft_job_leases_lost",
             "Leases that were found lost when they were to be renewed.",
             [](Part w) { return w.stats.leases_lost; });
  writer.Add(kGauge, "weft_jobs_in_flight", "Jobs that the worker does now.",
             [](Part w) { return w.stats.in_flight; });
  writer.Add(kGauge, "weft_jobs_max_in_flight",
             "How many jobs the worker does at a time.",
             [](Part w) { return w.stats.max_in_flight; });
}

void WriteEngines(const std::vector<NamedJobEngine>& engines,
                  std::vector<MetricFamily>& out) {
  using Part = const NamedJobEngine&;
  PartWriter writer("engine", engines, out);
  writer.Add(kCounter, "weft_job_engine_submitted",
             "Jobs that the engine has accepted from this process.",
             [](Part e) { return e.counts.submitted; });
  writer.AddEnds("weft_job_engine_ended", "Jobs of this process that ended.",
                 {"succeeded", "failed", "expired", "lost"}, [](Part e) {
                   return Numbers{e.counts.succeeded, e.counts.failed,
                                  e.counts.expired, e.counts.lost};
                 });
  writer.Add(kCounter, "weft_job_engine_redelivered",
             "Attempts after the first of a job.",
             [](Part e) { return e.counts.redelivered; });
  writer.Add(kCounter, "weft_job_engine_refused",
             "Ends that were told under a lease that was lost.",
             [](Part e) { return e.counts.refused; });
  writer.Add(kCounter, "weft_job_engine_dead_letters_dropped",
             "Dead letters that were dropped for want of room.",
             [](Part e) { return e.counts.dead_letters_dropped; });
  writer.Add(kGauge, "weft_job_engine_pending",
             "Jobs of this process that have not ended.",
             [](Part e) { return e.counts.pending; });
}

}  // namespace

std::vector<MetricFamily> JobMetrics(const JobParts& parts) {
  std::vector<MetricFamily> families;
  if (!parts.queues.empty()) WriteQueues(parts.queues, families);
  if (!parts.workers.empty()) WriteWorkers(parts.workers, families);
  if (!parts.engines.empty()) WriteEngines(parts.engines, families);
  return families;
}

}  // namespace weft::jobs
