// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Looks for files that are alike, as a graph of jobs.

#ifndef WEFT_EXAMPLES_SIMILAR_FILES_SEARCH_H_
#define WEFT_EXAMPLES_SIMILAR_FILES_SEARCH_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "weft/examples/similar_files/fingerprint.h"
#include "weft/examples/text_files/file_list.h"
#include "weft/weft.h"

namespace similar_files {

struct Pair {
  std::size_t first;  // of the files
  std::size_t second;
  double likeness;  // in percent
};

struct SearchOptions {
  std::vector<std::string> paths;
  double percent;          // pairs that are less alike are not listed
  std::size_t open_files;  // the most whose text is in memory
  std::int64_t max_bytes;  // of a file
};

// One search. What it finds is to be read when Run() has ended, in whatever
// way: it keeps what it has got to.
//
// Thread-safety: Run() once; `fingerprinted()` at any time.
class Search {
 public:
  explicit Search(SearchOptions options);
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  // Throws weft::CancelledError or weft::DeadlineExceededError if the flow of
  // the call is cancelled, or late, before all is done.
  void Run(weft::Executor& executor, weft::BlockingExecutor& blocking);

  const std::vector<text_files::ListedFile>& files() const { return files_; }
  // How many of the files have been read, or could not be.
  std::size_t fingerprinted() const noexcept;
  std::size_t failures() const noexcept;
  std::size_t shingles() const { return shingles_; }
  // The most alike first.
  const std::vector<Pair>& pairs() const { return pairs_; }

 private:
  using Files = weft::AsyncSemaphore;

  weft::Task<> ReadAll(weft::Executor& executor,
                       weft::BlockingExecutor& blocking);
  weft::Task<> ReadOne(std::size_t file, Files::Permits permit,
                       weft::BlockingExecutor& blocking);
  void ComparePairs(weft::Executor& executor);
  std::vector<Pair> PairsOf(std::size_t file) const;

  const SearchOptions options_;
  // The path of the file in whose flow it is: what is logged there bears its
  // name.
  const weft::AsyncLocalStorage<std::string> file_{
      {.name = "file",
       .label = {weft::Visibility::kLog,
                 [](const std::string& path, weft::LabelText& text) {
                   text.Append(path.substr(path.rfind('/') + 1));
                 }}}};
  std::vector<text_files::ListedFile> files_;
  std::vector<Fingerprint> fingerprints_;  // an empty one for a failure
  std::atomic<std::size_t> fingerprinted_ = 0;
  std::atomic<std::size_t> failures_ = 0;
  std::size_t shingles_ = 0;
  std::vector<Pair> pairs_;
};

}  // namespace similar_files

#endif  // WEFT_EXAMPLES_SIMILAR_FILES_SEARCH_H_
