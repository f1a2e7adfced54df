// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a line of the log belongs to: one file on its way through the pipeline.

#ifndef WEFT_EXAMPLES_JOB_PIPELINE_JOB_H_
#define WEFT_EXAMPLES_JOB_PIPELINE_JOB_H_

#include <string>

#include "weft/context/async_local_storage.h"

namespace job_pipeline {

struct Job {
  int id;
  std::string file;
};

// Entered by the source; nobody passes it on.
using JobStorage = weft::AsyncLocalStorage<Job>;

}  // namespace job_pipeline

#endif  // WEFT_EXAMPLES_JOB_PIPELINE_JOB_H_
