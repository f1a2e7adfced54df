// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/printable.h"

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace examples {

// Not Utf8SafeCHexEscape(): it lets the control characters beyond ASCII pass.
std::string Printable(std::string_view text) {
  return absl::CHexEscape(absl::string_view(text.data(), text.size()));
}

}  // namespace examples
