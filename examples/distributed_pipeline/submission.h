// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Has the work on many files done as jobs, and gathers the results.

#ifndef WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_SUBMISSION_H_
#define WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_SUBMISSION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "weft/examples/distributed_pipeline/work_context.h"
#include "weft/examples/text_files/file_list.h"
#include "weft/examples/text_files/totals.h"
#include "weft/executor/executor.h"
#include "weft/jobs/engine.h"

namespace distributed_pipeline {

struct SubmissionOptions {
  // For whom the work on the file with that number, from 0, is done.
  std::function<Tenant(std::size_t number)> tenant_of;
  int level;               // how hard to compress, 1 to 9
  std::int64_t max_bytes;  // of a file; more is not read
  std::size_t tokens;      // files that are submitted and not yet merged
};

struct SubmissionResult {
  std::int64_t results = 0;
  // Of these, with another file, tenant or trace than was submitted.
  std::int64_t mixed = 0;
  // The trace of each job that was submitted, by the number of its file.
  std::vector<std::string> trace_ids = {};
};

// Runs the files, or as many as come before an interruption, through a pipeline
// whose middle is jobs. The totals get the facts in the order of the files, and
// why there are none. To be called by a thread that is none of the executor's.
// Throws CancelledError if the calling flow is cancelled; what has been done by
// then is in `result`.
void Submit(const std::vector<text_files::ListedFile>& files,
            weft::jobs::Engine& engine, weft::Executor& executor,
            const WorkContext& context, const SubmissionOptions& options,
            text_files::Totals& totals, SubmissionResult& result);

}  // namespace distributed_pipeline

#endif  // WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_SUBMISSION_H_
