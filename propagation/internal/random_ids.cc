// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/propagation/internal/random_ids.h"

#include <sys/random.h>

#include <array>
#include <bit>
#include <cerrno>

#include "weft/base/check.h"
#include "weft/base/threads/fork_generation.h"

namespace weft::propagation_internal {

namespace {

struct Generator {
  static constexpr int kUnseeded = -1;

  std::array<std::uint64_t, 4> state = {};
  int generation = kUnseeded;  // of the process that seeded it
};

constinit thread_local Generator generator;

// Steele's splitmix64, which spreads a seed over the state.
std::uint64_t Mix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

// Not inlined: it is rare.
[[gnu::noinline]] void SeedBySystem() {
  // Up to 256 bytes come whole, or not at all if a signal came first.
  ssize_t size = -1;
  do {
    size = getrandom(generator.state.data(), sizeof generator.state, 0);
  } while (size < 0 && errno == EINTR);
  WEFT_CHECK(size == sizeof generator.state,
             "the system has no random numbers: getrandom() failed");
  generator.state[0] |= 1;  // a state of zeros would stay one
  generator.generation = base::ForkGeneration();
}

}  // namespace

std::uint64_t RandomNumber() noexcept {
  if (generator.generation != base::ForkGeneration()) [[unlikely]]
    SeedBySystem();
  auto& s = generator.state;
  const std::uint64_t number = std::rotl(s[1] * 5, 7) * 9;
  const std::uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = std::rotl(s[3], 45);
  return number;
}

void SeedRandomNumbers(std::uint64_t seed) noexcept {
  for (std::uint64_t& word : generator.state) word = Mix(seed);
  generator.generation = base::ForkGeneration();
}

}  // namespace weft::propagation_internal
