// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/similar_files/fingerprint.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>

namespace similar_files {
namespace {

// The finalizer of splitmix64: a permutation that mixes all bits.
std::uint64_t Mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

double Percent(std::size_t part, std::size_t all) {
  return all == 0 ? 0
                  : 100 * static_cast<double>(part) / static_cast<double>(all);
}

}  // namespace

Fingerprint::Fingerprint(const std::vector<std::string>& words) {
  if (words.empty()) return;
  const std::size_t length = std::min(kShingle, words.size());
  shingles_.reserve(words.size() - length + 1);
  for (auto first = words.begin();
       words.end() - first >= std::ptrdiff_t(length); ++first) {
    std::uint64_t hash = 0;
    for (auto word = first; word != first + std::ptrdiff_t(length); ++word) {
      hash = Mixed(hash ^ std::hash<std::string>()(*word));
    }
    shingles_.push_back(hash);
  }
  std::sort(shingles_.begin(), shingles_.end());
  shingles_.erase(std::unique(shingles_.begin(), shingles_.end()),
                  shingles_.end());
  least_.fill(std::numeric_limits<std::uint64_t>::max());
  for (const std::uint64_t shingle : shingles_) {
    for (std::size_t i = 0; i < kFunctions; ++i) {
      least_[i] = std::min(least_[i], Mixed(shingle + i * 0x9e3779b97f4a7c15));
    }
  }
}

double Fingerprint::EstimatedLikeness(const Fingerprint& other) const noexcept {
  if (empty() || other.empty()) return 0;
  std::size_t same = 0;
  for (std::size_t i = 0; i < kFunctions; ++i) {
    if (least_[i] == other.least_[i]) ++same;
  }
  return Percent(same, kFunctions);
}

double Fingerprint::Likeness(const Fingerprint& other) const noexcept {
  std::size_t both = 0;
  auto a = shingles_.begin();
  auto b = other.shingles_.begin();
  while (a != shingles_.end() && b != other.shingles_.end()) {
    if (*a == *b) ++both;
    const bool is_a_less = *a < *b;
    const bool is_b_less = *b < *a;
    if (!is_b_less) ++a;
    if (!is_a_less) ++b;
  }
  return Percent(both, shingles() + other.shingles() - both);
}

}  // namespace similar_files
