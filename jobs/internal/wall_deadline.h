// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A deadline as a job takes it along: as a time of the wall clock.

#ifndef WEFT_JOBS_INTERNAL_WALL_DEADLINE_H_
#define WEFT_JOBS_INTERNAL_WALL_DEADLINE_H_

#include "weft/context/deadline.h"
#include "weft/jobs/job.h"

namespace weft::jobs_internal {

// Sets the job's kDeadlineHeader; none if the deadline is never.
void SetDeadlineHeader(jobs::Job& job, Deadline deadline);

// Returns the deadline of the header. What is malformed counts as none.
Deadline DeadlineOf(const jobs::Job& job);

}  // namespace weft::jobs_internal

#endif  // WEFT_JOBS_INTERNAL_WALL_DEADLINE_H_
