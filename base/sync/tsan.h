// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Tells ThreadSanitizer of an order that it cannot see, because a library that
// is not instrumented makes it. Does nothing in other builds.

#ifndef WEFT_BASE_SYNC_TSAN_H_
#define WEFT_BASE_SYNC_TSAN_H_

#include "absl/base/config.h"
#include "weft/base/language.h"

#ifdef ABSL_HAVE_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace weft::base {

// Makes what the calling thread has done happen before TsanAcquire(address).
inline void TsanRelease([[maybe_unused]] void* address) noexcept {
#ifdef ABSL_HAVE_THREAD_SANITIZER
  __tsan_release(address);
#endif
}

inline void TsanAcquire([[maybe_unused]] void* address) noexcept {
#ifdef ABSL_HAVE_THREAD_SANITIZER
  __tsan_acquire(address);
#endif
}

}  // namespace weft::base

#endif  // WEFT_BASE_SYNC_TSAN_H_
