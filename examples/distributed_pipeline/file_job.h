// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The kind of job that this program has: the work on one file. Whoever submits
// it and whoever does it may be different processes, which see the same files.

#ifndef WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_FILE_JOB_H_
#define WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_FILE_JOB_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "weft/examples/distributed_pipeline/work_context.h"
#include "weft/examples/text_files/file_steps.h"
#include "weft/jobs/job_type.h"

namespace distributed_pipeline {

// What a job is given.
struct FileJob {
  std::string path;        // absolute
  int level;               // how hard to compress, 1 to 9
  std::int64_t max_bytes;  // more is not read

  // As CBOR: a path may have any bytes.
  std::string Encode() const;
  // Throws NotWorthRetryingError if the bytes are no such job.
  static FileJob Decode(std::string_view bytes);
};

// What it returns.
struct FileResult {
  // The file and the context that the handler has seen.
  std::string path;
  Tenant tenant;
  std::string trace_id;
  // Why the file cannot be worked on; empty: there are facts. That is a result
  // as good as another one: to try again would not change it.
  std::string problem;
  text_files::FileFacts facts;

  std::string Encode() const;
  // Throws NotWorthRetryingError if the bytes are no such result.
  static FileResult Decode(std::string_view bytes);
};

inline constexpr weft::jobs::JobType<FileJob, FileResult> kFileJob("file");

// Does the job, in the calling flow's context: reads, splits, counts,
// compresses and hashes. What is no regular file is not waited for.
FileResult DoFileJob(const FileJob& job, const WorkContext& context);

}  // namespace distributed_pipeline

#endif  // WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_FILE_JOB_H_
