// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Says how often a stress test repeats.

#ifndef WEFT_TESTS_SUPPORT_STRESS_ROUNDS_H_
#define WEFT_TESTS_SUPPORT_STRESS_ROUNDS_H_

#include <algorithm>

namespace weft::tests {

// GCC defines macros, clang answers to __has_feature.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized =
    __has_feature(thread_sanitizer) || __has_feature(address_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

// Returns `rounds`, or a twentieth of it under a sanitizer, which is about as
// much slower.
constexpr int StressRounds(int rounds) {
  return kSanitized ? std::max(rounds / 20, 1) : rounds;
}

}  // namespace weft::tests

#endif  // WEFT_TESTS_SUPPORT_STRESS_ROUNDS_H_
