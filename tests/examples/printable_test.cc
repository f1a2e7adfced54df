// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/printable.h"

#include <string>

#include "gtest/gtest.h"

namespace examples {
namespace {

TEST(PrintableTest, LeavesPlainTextAlone) {
  EXPECT_EQ(Printable(""), "");
  EXPECT_EQ(Printable("GET /hops?a=b~c [1]: x_y"), "GET /hops?a=b~c [1]: x_y");
}

TEST(PrintableTest, LetsNoByteThroughThatIsNotPrintableAscii) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string printable =
        Printable(std::string("a") + static_cast<char>(byte));
    for (const char c : printable) {
      EXPECT_TRUE(' ' <= c && c <= '~') << byte << ": " << printable;
    }
    // A backslash is one more byte that is escaped: no two texts look alike.
    if (byte < ' ' || byte > '~' || byte == '\\') {
      EXPECT_EQ(printable.substr(0, 2), "a\\");
    }
  }
}

TEST(PrintableTest, ShowsWhatWouldControlATerminal) {
  EXPECT_EQ(Printable("\x1b[2J\n\r\t"), "\\x1b[2J\\n\\r\\t");
  EXPECT_EQ(Printable("\xc2\x9bq"), "\\xc2\\x9bq");  // CSI in UTF-8
  EXPECT_EQ(Printable(std::string("\0", 1)), "\\x00");
}

}  // namespace
}  // namespace examples
