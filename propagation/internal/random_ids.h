// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Random numbers for ids, from a generator of each thread's own: xoshiro256**
// (Blackman and Vigna, 2018), seeded by the system at the thread's first use.
// The one thread_local of this layer.

#ifndef WEFT_PROPAGATION_INTERNAL_RANDOM_IDS_H_
#define WEFT_PROPAGATION_INTERNAL_RANDOM_IDS_H_

#include <cstdint>

#include "weft/base/language.h"

namespace weft::propagation_internal {

// Returns the calling thread's next number. A child of fork() seeds anew, so it
// does not repeat its parent's. Not for secrets: who sees some can tell more.
std::uint64_t RandomNumber() noexcept;

// The calling thread's numbers follow from `seed` from now on.
void SeedRandomNumbers(std::uint64_t seed) noexcept;

}  // namespace weft::propagation_internal

#endif  // WEFT_PROPAGATION_INTERNAL_RANDOM_IDS_H_
