// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef WEFT_EXAMPLES_TEXT_FILES_FILE_LIST_H_
#define WEFT_EXAMPLES_TEXT_FILES_FILE_LIST_H_

#include <string>
#include <vector>

namespace text_files {

struct ListedFile {
  std::string path;
  // Named itself, not found in a folder: it may then be a pipe or a device, and
  // who named it waits for it.
  bool is_named;
};

// The files that are meant by `paths`: each path itself, but for a folder what
// is in it and below, sorted, without what is hidden; links to folders are not
// followed. What cannot be listed, or is no file, is in the result as it is: to
// read it fails, and says why.
std::vector<ListedFile> ListFiles(const std::vector<std::string>& paths);

}  // namespace text_files

#endif  // WEFT_EXAMPLES_TEXT_FILES_FILE_LIST_H_
