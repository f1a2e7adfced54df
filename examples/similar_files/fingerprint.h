// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How much two texts have in common.

#ifndef WEFT_EXAMPLES_SIMILAR_FILES_FINGERPRINT_H_
#define WEFT_EXAMPLES_SIMILAR_FILES_FINGERPRINT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace similar_files {

// The parts by which texts are compared: the sequences of five words in them
// (shingles), and for each of 64 hash functions the least value that it has for
// them. Two texts have one of these in common as likely as a shingle of either
// is in both (A. Broder, "On the resemblance and containment of documents",
// 1997): so a look at 64 numbers tells most pairs apart.
class Fingerprint {
 public:
  static constexpr std::size_t kShingle = 5;
  static constexpr std::size_t kFunctions = 64;

  // That of a text without words, which is like no other.
  Fingerprint() = default;
  // A text of fewer than five words is one shingle.
  explicit Fingerprint(const std::vector<std::string>& words);

  bool empty() const noexcept { return shingles_.empty(); }
  std::size_t shingles() const noexcept { return shingles_.size(); }

  // The percentage of their shingles that are in both, estimated, with a
  // standard deviation of six or less; and exactly.
  double EstimatedLikeness(const Fingerprint& other) const noexcept;
  double Likeness(const Fingerprint& other) const noexcept;

 private:
  std::vector<std::uint64_t> shingles_;  // hashes, sorted, each once
  std::array<std::uint64_t, kFunctions> least_ = {};
};

}  // namespace similar_files

#endif  // WEFT_EXAMPLES_SIMILAR_FILES_FINGERPRINT_H_
