// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef WEFT_BASE_SYNC_PAUSE_H_
#define WEFT_BASE_SYNC_PAUSE_H_

#include "weft/base/language.h"

namespace weft::base {

// Tells the processor that this thread polls.
inline void Pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

}  // namespace weft::base

#endif  // WEFT_BASE_SYNC_PAUSE_H_
