// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The names of the engine's fields, for the list of contended lines.

#ifndef WEFT_BENCHMARKS_SCALE_ENGINE_H_
#define WEFT_BENCHMARKS_SCALE_ENGINE_H_

#include "weft/executor/executor.h"
#include "weft/executor/task_group.h"

namespace weft::scale {

// Names the fields of the executor's engine, and of those workers that have had
// a thread by now. Only on the simulated machine.
void NameFields(const Executor& executor);
// The same for a group.
void NameFields(const TaskGroup& group);

}  // namespace weft::scale

#endif  // WEFT_BENCHMARKS_SCALE_ENGINE_H_
