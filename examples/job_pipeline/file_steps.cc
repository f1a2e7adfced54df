// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/job_pipeline/file_steps.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace job_pipeline {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void ThrowErrno(const char* what) {
  const int error = errno;
  throw std::runtime_error(
      absl::StrCat(what, ": ", std::generic_category().message(error)));
}

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// zlib's functions take bytes.
const Bytef* AsBytes(const std::string& text) {
  return reinterpret_cast<const Bytef*>(text.data());
}

}  // namespace

Text ReadText(const std::string& file) {
  const std::unique_ptr<std::FILE, Close> in(std::fopen(file.c_str(), "rb"));
  if (in == nullptr) ThrowErrno("cannot open it");
  std::array<char, 1 << 16> buffer;
  std::string content;
  while (const std::size_t size =
             std::fread(buffer.data(), 1, buffer.size(), in.get())) {
    content.append(buffer.data(), size);
  }
  if (std::ferror(in.get()) != 0) ThrowErrno("cannot read it");
  const std::size_t nul = content.find('\0');
  if (nul != std::string::npos) {
    throw std::runtime_error(
        absl::StrCat("not text: it has a NUL at byte ", nul));
  }
  return {std::move(content)};
}

SplitText Split(Text text) {
  SplitText split{.content = std::move(text.content), .lines = 0, .words = {}};
  split.lines = std::count(split.content.begin(), split.content.end(), '\n');
  const auto end = split.content.end();
  for (auto at = split.content.begin();;) {
    const auto begin = std::find_if(at, end, IsWordCharacter);
    if (begin == end) return split;
    at = std::find_if_not(begin, end, IsWordCharacter);
    std::string& word = split.words.emplace_back(begin, at);
    absl::AsciiStrToLower(&word);
  }
}

CountedText CountWords(SplitText text) {
  CountedText counted{.content = std::move(text.content),
                      .lines = text.lines,
                      .words = static_cast<std::int64_t>(text.words.size()),
                      .word_counts = {}};
  for (std::string& word : text.words) {
    ++counted.word_counts[std::move(word)];
  }
  return counted;
}

FileFacts Compress(CountedText text, int level) {
  const auto size = static_cast<uLong>(text.content.size());
  uLongf compressed_size = compressBound(size);
  const auto compressed = std::make_unique<Bytef[]>(compressed_size);
  if (compress2(compressed.get(), &compressed_size, AsBytes(text.content), size,
                level) != Z_OK) {
    throw std::runtime_error("zlib cannot compress it");
  }
  return {.bytes = static_cast<std::int64_t>(size),
          .lines = text.lines,
          .words = text.words,
          .word_counts = std::move(text.word_counts),
          .crc32 = static_cast<std::uint32_t>(
              crc32_z(crc32_z(0, nullptr, 0), AsBytes(text.content), size)),
          .compressed_bytes = static_cast<std::int64_t>(compressed_size)};
}

}  // namespace job_pipeline
