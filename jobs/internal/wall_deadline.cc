// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/jobs/internal/wall_deadline.h"

#include <charconv>
#include <chrono>
#include <string>
#include <system_error>

#include "weft/base/wall_now.h"

namespace weft::jobs_internal {

using std::chrono::milliseconds;

void SetDeadlineHeader(jobs::Job& job, Deadline deadline) {
  if (deadline.is_never()) {
    job.headers.erase(jobs::kDeadlineHeader);
    return;
  }
  const auto time =
      std::chrono::time_point_cast<milliseconds>(base::WallNow()) +
      std::chrono::duration_cast<milliseconds>(deadline.remaining());
  job.headers.insert_or_assign(jobs::kDeadlineHeader,
                               std::to_string(time.time_since_epoch().count()));
}

Deadline DeadlineOf(const jobs::Job& job) {
  const auto field = job.headers.find(jobs::kDeadlineHeader);
  if (field == job.headers.end()) return Deadline::Never();
  const std::string& text = field->second;
  milliseconds::rep time = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, time);
  if (error != std::errc() || end != last) return Deadline::Never();
  const auto now = std::chrono::duration_cast<milliseconds>(
      base::WallNow().time_since_epoch());
  // Times further away than a clock can tell are clamped.
  milliseconds::rep left = 0;
  if (__builtin_sub_overflow(time, now.count(), &left)) {
    return time < 0 ? Deadline::In(std::chrono::nanoseconds(0))
                    : Deadline::Never();
  }
  return Deadline::In(milliseconds(left));
}

}  // namespace weft::jobs_internal
