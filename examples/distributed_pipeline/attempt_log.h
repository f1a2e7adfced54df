// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A file with a line for each attempt to do a job: whose it is, and which file
// it is about. A worker that is killed has written those that it has begun.

#ifndef WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_ATTEMPT_LOG_H_
#define WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_ATTEMPT_LOG_H_

#include <string>

#include "weft/examples/distributed_pipeline/work_context.h"

namespace distributed_pipeline {

// "ada 4bf92f3577b34da6a3ce929d0e0e4736 docs/a.txt".
std::string AttemptLine(const Tenant& tenant, const std::string& trace_id,
                        const std::string& path);

// Several processes may have one on the same file.
//
// Thread-safe.
class AttemptLog {
 public:
  // Adds to the file; empty: to none. Throws std::runtime_error if it cannot be
  // opened.
  explicit AttemptLog(const std::string& file);
  AttemptLog(const AttemptLog&) = delete;
  AttemptLog& operator=(const AttemptLog&) = delete;
  ~AttemptLog();

  // Adds a line of the calling flow. Throws std::runtime_error if it cannot.
  void Begin(const WorkContext& context, const std::string& path) const;

 private:
  const int fd_;  // -1: no file
};

}  // namespace distributed_pipeline

#endif  // WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_ATTEMPT_LOG_H_
