// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a job takes along, from process to process: for whom the work is done,
// and what every propagator has: trace, baggage, and the deadline.

#ifndef WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_WORK_CONTEXT_H_
#define WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_WORK_CONTEXT_H_

#include <string>
#include <string_view>

#include "weft/context/async_local_storage.h"
#include "weft/propagation/propagator.h"

namespace distributed_pipeline {

// For whom the work is done: 1 to 64 letters, digits, '-', '_' and '.'.
using Tenant = std::string;

bool IsTenant(std::string_view text);

// Thread-compatible.
struct WorkContext {
  WorkContext();

  // The calling flow's; empty: it has none.
  Tenant CurrentTenant() const;

  const weft::AsyncLocalStorage<Tenant> tenant;
  weft::Propagator propagator;
};

// The calling flow's; empty: it has none.
std::string CurrentTraceId();

}  // namespace distributed_pipeline

#endif  // WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_WORK_CONTEXT_H_
