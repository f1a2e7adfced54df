// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/text_files/file_list.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace text_files {
namespace {

namespace fs = std::filesystem;

bool IsFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

void AddFolder(const fs::path& folder, std::vector<ListedFile>& files) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator i(folder, error), end; !error && i != end;
       i.increment(error)) {
    entries.push_back(i->path());
  }
  if (error) return files.push_back({folder.string(), false});
  std::sort(entries.begin(), entries.end());
  for (const fs::path& entry : entries) {
    if (entry.filename().string().starts_with('.')) continue;
    if (!IsFolder(entry)) {
      files.push_back({entry.lexically_normal().string(), false});
    } else if (!fs::is_symlink(entry, error)) {
      AddFolder(entry, files);
    }
  }
}

}  // namespace

std::vector<ListedFile> ListFiles(const std::vector<std::string>& paths) {
  std::vector<ListedFile> files;
  for (const std::string& path : paths) {
    if (IsFolder(path)) {
      AddFolder(path, files);
    } else {
      files.push_back({path, true});
    }
  }
  return files;
}

}  // namespace text_files
