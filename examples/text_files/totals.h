// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What is known of all files together.

#ifndef WEFT_EXAMPLES_TEXT_FILES_TOTALS_H_
#define WEFT_EXAMPLES_TEXT_FILES_TOTALS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <ostream>
#include <string>

#include "weft/examples/progress.h"
#include "weft/examples/text_files/file_steps.h"

namespace text_files {

// Thread-safe.
class Totals {
 public:
  // `files`: how many there are, positive.
  explicit Totals(std::size_t files);

  // In the order of the files: the CRC is that of all of them, one after the
  // other.
  void Add(const FileFacts& facts);
  // `number`: the place of the file among all of them.
  void AddFailure(std::int64_t number, const std::string& file,
                  const std::string& why);

  bool has_failures() const;
  std::int64_t bytes() const;

  // The numbers, and the `top` words that come most often.
  void Print(std::ostream& out, std::size_t top) const;
  // The files that failed and why, one a line.
  void PrintFailures(std::ostream& out) const;

 private:
  void ShowProgress();

  const std::size_t files_;
  mutable std::mutex mutex_;  // guards all below
  examples::Progress progress_;
  std::size_t added_ = 0;
  FileFacts sum_{};
  std::map<std::int64_t, std::string> failures_;  // by number
};

}  // namespace text_files

#endif  // WEFT_EXAMPLES_TEXT_FILES_TOTALS_H_
