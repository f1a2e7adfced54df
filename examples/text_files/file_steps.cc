// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/text_files/file_steps.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace text_files {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  const int fd_;
};

[[noreturn]] void ThrowErrno(const char* what) {
  const int error = errno;
  throw std::runtime_error(
      absl::StrCat(what, ": ", std::generic_category().message(error)));
}

void CheckIsRegular(int stat_result, const struct stat& status) {
  if (stat_result != 0) ThrowErrno("cannot open it");
  if (!S_ISREG(status.st_mode)) throw std::runtime_error("no regular file");
}

// Opens a file found in a folder. Looks before, as it does something to some
// devices to be opened, and after, as it may be another one by then.
int OpenRegular(const char* path) {
  struct stat status;
  CheckIsRegular(stat(path, &status), status);
  return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// zlib's functions take bytes.
const Bytef* AsBytes(const std::string& text) {
  return reinterpret_cast<const Bytef*>(text.data());
}

}  // namespace

Text ReadText(const ListedFile& file, std::int64_t max_bytes) {
  const Descriptor in(file.is_named
                          ? open(file.path.c_str(), O_RDONLY | O_CLOEXEC)
                          : OpenRegular(file.path.c_str()));
  if (in.get() < 0) ThrowErrno("cannot open it");
  if (!file.is_named) {
    struct stat status;
    CheckIsRegular(fstat(in.get(), &status), status);
  }
  std::array<char, 1 << 16> buffer;
  std::string content;
  for (;;) {
    const ssize_t size = read(in.get(), buffer.data(), buffer.size());
    if (size == 0) return {std::move(content)};
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) ThrowErrno("cannot read it");
    const std::string_view chunk(buffer.data(), static_cast<std::size_t>(size));
    if (const std::size_t nul = chunk.find('\0'); nul != chunk.npos) {
      throw std::runtime_error(absl::StrCat("not text: it has a NUL at byte ",
                                            content.size() + nul));
    }
    if (static_cast<std::int64_t>(content.size() + chunk.size()) > max_bytes) {
      throw std::runtime_error(
          absl::StrCat("it has more than ", max_bytes, " bytes"));
    }
    content.append(chunk);
  }
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

}  // namespace text_files
