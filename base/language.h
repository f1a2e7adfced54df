// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Says what the compiler has to be told, and in one line: included by all
// headers that include none of ours, so before anything else of Weft.

#ifndef WEFT_BASE_LANGUAGE_H_
#define WEFT_BASE_LANGUAGE_H_

#if __cplusplus < 202002L
#error "Weft is written in C++20: compile with -std=c++20 or later"
// Ends the compilation: all other errors follow from that one.
#include "compile with -std=c++20 or later"
#endif

#ifndef __cpp_exceptions
#error "Weft reports errors by exceptions: compile without -fno-exceptions"
#include "compile without -fno-exceptions"
#endif

#endif  // WEFT_BASE_LANGUAGE_H_
