// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/text_files/totals.h"

#include <zlib.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "weft/examples/printable.h"

namespace text_files {

Totals::Totals(std::size_t files)
    : files_(files), progress_(static_cast<std::int64_t>(files), "files") {}

void Totals::Add(const FileFacts& facts) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++added_;
  sum_.bytes += facts.bytes;
  sum_.lines += facts.lines;
  sum_.words += facts.words;
  sum_.compressed_bytes += facts.compressed_bytes;
  sum_.crc32 = static_cast<std::uint32_t>(
      crc32_combine(sum_.crc32, facts.crc32, facts.bytes));
  for (const auto& [word, count] : facts.word_counts) {
    sum_.word_counts[word] += count;
  }
  ShowProgress();
}

void Totals::AddFailure(std::int64_t number, const std::string& file,
                        const std::string& why) {
  const std::lock_guard<std::mutex> lock(mutex_);
  failures_[number] = absl::StrCat(examples::Printable(file), ": ", why);
  ShowProgress();
}

void Totals::ShowProgress() {
  progress_.Show(static_cast<std::int64_t>(added_ + failures_.size()));
}

bool Totals::has_failures() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !failures_.empty();
}

std::int64_t Totals::bytes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return sum_.bytes;
}

void Totals::Print(std::ostream& out, std::size_t top) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  out << absl::StrFormat(
      "files       %d of %d, %d failed\n"
      "bytes       %d\n"
      "lines       %d\n"
      "words       %d, %d different\n"
      "compressed  %d bytes\n"
      "crc32       %08x\n",
      added_, files_, failures_.size(), sum_.bytes, sum_.lines, sum_.words,
      sum_.word_counts.size(), sum_.compressed_bytes, sum_.crc32);
  std::vector<std::pair<std::string, std::int64_t>> words(
      sum_.word_counts.begin(), sum_.word_counts.end());
  // The most frequent first, equals by the alphabet.
  const auto end =
      words.begin() + static_cast<std::ptrdiff_t>(std::min(top, words.size()));
  std::partial_sort(
      words.begin(), end, words.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
      });
  out << "top words  ";
  for (auto word = words.begin(); word != end; ++word) {
    out << ' ' << word->first << '=' << word->second;
  }
  out << '\n';
}

void Totals::PrintFailures(std::ostream& out) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [number, text] : failures_)
    out << "failed      " << text << '\n';
}

}  // namespace text_files
