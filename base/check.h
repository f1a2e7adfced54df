// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// WEFT_CHECK: for a broken contract that cannot be reported to a caller, such
// as a scope destroyed on another thread. Always on; prints what was broken and
// what to do instead, then aborts. WEFT_DCHECK is the same in debug builds and
// nothing where NDEBUG is defined.

#ifndef WEFT_BASE_CHECK_H_
#define WEFT_BASE_CHECK_H_

#include "weft/base/language.h"

namespace weft::base {

// Prints "weft: FILE:LINE: MESSAGE" to standard error and aborts.
[[noreturn]] void CheckFailed(const char* file, int line,
                              const char* message) noexcept;

}  // namespace weft::base

#define WEFT_CHECK(condition, message) \
  ((condition) ? static_cast<void>(0)  \
               : ::weft::base::CheckFailed(__FILE__, __LINE__, message))

#ifdef NDEBUG
#define WEFT_DCHECK(condition, message) static_cast<void>(false && (condition))
#else
#define WEFT_DCHECK(condition, message) WEFT_CHECK(condition, message)
#endif

#endif  // WEFT_BASE_CHECK_H_
