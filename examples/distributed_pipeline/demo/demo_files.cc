// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/distributed_pipeline/demo/demo_files.h"

#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace distributed_pipeline {
namespace {

constexpr std::int64_t kFilesAFolder = 1000;
constexpr int kMostLines = 40;
constexpr int kWordsALine = 8;
constexpr int kDifferentWords = 2000;

std::string TextOf(std::mt19937_64& random) {
  std::uniform_int_distribution<int> any_lines(0, kMostLines);
  std::uniform_int_distribution<int> any_word(0, kDifferentWords - 1);
  std::string text;
  for (int lines = any_lines(random); lines > 0; --lines) {
    for (int i = 0; i < kWordsALine; ++i) {
      absl::StrAppend(&text, i > 0 ? " " : "", "word", any_word(random));
    }
    text += '\n';
  }
  return text;
}

}  // namespace

void MakeDemoFiles(const std::string& folder, std::int64_t files,
                   std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::int64_t i = 0; i < files; ++i) {
    const std::string below =
        absl::StrFormat("%s/%03d", folder, i / kFilesAFolder);
    if (i % kFilesAFolder == 0) std::filesystem::create_directories(below);
    const std::string name = absl::StrFormat("%s/%06d.txt", below, i);
    std::ofstream file(name);
    file << TextOf(random);
    file.close();
    if (!file) throw std::runtime_error(absl::StrCat("cannot write ", name));
  }
}

}  // namespace distributed_pipeline
