// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Where in its functions a thread of this process stands, as another process
// sees it: elfutils' eu-stack, which stops the thread by ptrace(2), reads it,
// and lets it go on. Nothing is unwound, and no signal handled, in this one.

#ifndef WEFT_OBSERVE_INTERNAL_WATCH_NATIVE_STACK_H_
#define WEFT_OBSERVE_INTERNAL_WATCH_NATIVE_STACK_H_

#include <chrono>
#include <string>

namespace weft::observe_internal {

// Runs `program` for the thread with that id of the kernel's, and returns what
// it prints: a line for each function, the innermost first. If there is none,
// it returns a line that says why. Ends the program after `at_most`. Throws
// std::bad_alloc.
std::string NativeStackOf(int thread, const std::string& program,
                          std::chrono::milliseconds at_most);

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_WATCH_NATIVE_STACK_H_
