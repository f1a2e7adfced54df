// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// An end by Ctrl-C that lets what has begun come to its own.

#ifndef WEFT_EXAMPLES_PROCESS_INTERRUPTION_H_
#define WEFT_EXAMPLES_PROCESS_INTERRUPTION_H_

#include <initializer_list>

namespace examples {

// The exit status after an interruption is this and the signal's number, as
// shells report an end by a signal.
inline constexpr int kSignalBase = 128;

// Has the first of these signals interrupt the program, which then writes
// `message` to standard error. A second one does what it does by default.
// `message` must stay; to be called once.
void InterruptBy(std::initializer_list<int> signals, const char* message);

// The signal that has come; 0: none. Thread-safe.
int InterruptedBy();

// Waits for one, and returns it. Thread-safe.
int WaitForInterruption();

}  // namespace examples

#endif  // WEFT_EXAMPLES_PROCESS_INTERRUPTION_H_
