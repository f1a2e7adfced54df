// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a program lets be seen of itself: how much is recorded, and a file with
// a trace of it.

#ifndef WEFT_EXAMPLES_PROCESS_TRACE_FILE_H_
#define WEFT_EXAMPLES_PROCESS_TRACE_FILE_H_

#include <string>

#include "weft/observe/level.h"

namespace examples {

// Starts to count and to record. To be called once.
void StartObserving(weft::observe::Level level);

// Ends that, and writes what each thread did last, as a trace. Throws
// std::runtime_error if it cannot be written.
void WriteTrace(const std::string& file);

}  // namespace examples

#endif  // WEFT_EXAMPLES_PROCESS_TRACE_FILE_H_
