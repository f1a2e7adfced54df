// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Text of others, made fit for a terminal.

#ifndef WEFT_EXAMPLES_PRINTABLE_H_
#define WEFT_EXAMPLES_PRINTABLE_H_

#include <string>
#include <string_view>

namespace examples {

// `text` as C writes it between quotes, "a\x1b[2J\n", in printable ASCII alone:
// it can neither end a line nor control a terminal, in whatever encoding that
// reads it. For the names of files and what clients send, wherever they are
// printed.
std::string Printable(std::string_view text);

}  // namespace examples

#endif  // WEFT_EXAMPLES_PRINTABLE_H_
