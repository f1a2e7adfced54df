// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The work on one file, step by step: each step takes what the one before has
// made. None of them knows of pipelines.

#ifndef WEFT_EXAMPLES_TEXT_FILES_FILE_STEPS_H_
#define WEFT_EXAMPLES_TEXT_FILES_FILE_STEPS_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "weft/examples/text_files/file_list.h"

namespace text_files {

using WordCounts = std::unordered_map<std::string, std::int64_t>;

struct Text {
  std::string content;
};

struct SplitText {
  std::string content;
  std::int64_t lines;
  std::vector<std::string> words;
};

struct CountedText {
  std::string content;
  std::int64_t lines;
  std::int64_t words;
  WordCounts word_counts;
};

struct FileFacts {
  std::int64_t bytes;
  std::int64_t lines;
  std::int64_t words;
  WordCounts word_counts;
  std::uint32_t crc32;
  std::int64_t compressed_bytes;
};

// Throws std::runtime_error, saying why, if the file cannot be read, has more
// than `max_bytes`, or is no text: has a NUL in it; that is seen before the
// rest is read. A file found in a folder is read only if it is a regular one:
// neither a pipe to which nobody writes nor a device that has no end can hold
// it up.
Text ReadText(const ListedFile& file, std::int64_t max_bytes);

// Lines end with '\n'; words are runs of ASCII letters, digits and '_', in
// lower case.
SplitText Split(Text text);

CountedText CountWords(SplitText text);

// The CRC-32 of the content, and its size after deflate; `level`: 1 to 9.
// Throws std::runtime_error if zlib fails.
FileFacts Compress(CountedText text, int level);

}  // namespace text_files

#endif  // WEFT_EXAMPLES_TEXT_FILES_FILE_STEPS_H_
