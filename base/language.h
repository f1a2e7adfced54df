// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Checks the language version: prints one line that says what to do. Every
// header that includes none of ours includes this, so it comes before anything
// else of Weft.

#ifndef WEFT_BASE_LANGUAGE_H_
#define WEFT_BASE_LANGUAGE_H_

#if __cplusplus < 202002L
#error "Weft is written in C++20: compile with -std=c++20 or later"
// Ends the compilation here: all other errors follow from this one.
#include "compile with -std=c++20 or later"
#endif

#ifndef __cpp_exceptions
#error "Weft reports errors by exceptions: compile without -fno-exceptions"
#include "compile without -fno-exceptions"
#endif

#endif  // WEFT_BASE_LANGUAGE_H_
