// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What keeps the jobs: chosen by a flag.

#ifndef WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_ENGINES_H_
#define WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_ENGINES_H_

#include <memory>
#include <string>
#include <string_view>

#include "weft/executor/executor.h"
#include "weft/jobs/engine.h"

namespace distributed_pipeline {

// The name of the engine that only this process sees.
inline constexpr char kInProcess[] = "in_process";

// That name, or nats://host:port.
bool IsEngine(std::string_view name);

// Returns that engine. Throws std::runtime_error if there is none at the
// address.
std::unique_ptr<weft::jobs::Engine> MakeEngine(const std::string& name,
                                               weft::Executor& executor);

}  // namespace distributed_pipeline

#endif  // WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_ENGINES_H_
