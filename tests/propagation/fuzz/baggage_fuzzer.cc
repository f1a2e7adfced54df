// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Bytes as `baggage`.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "weft/base/check.h"
#include "weft/propagation/baggage.h"
#include "weft/propagation/dropped.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  weft::Dropped read;
  const weft::Baggage baggage = weft::Baggage::Parse(input, read);
  WEFT_CHECK(baggage.members().size() <= weft::Baggage::kMaxMembers,
             "members are limited");
  WEFT_CHECK(baggage.members().size() + read.members <=
                 static_cast<std::size_t>(
                     std::count(input.begin(), input.end(), ',')) +
                     1,
             "each member counts once");

  weft::Dropped written;
  const std::string text = baggage.ToString(written);
  WEFT_CHECK(text.size() <= weft::Baggage::kMaxBytes, "bytes are limited");
  WEFT_CHECK(std::all_of(text.begin(), text.end(),
                         [](char c) { return '!' <= c && c <= '~'; }),
             "the field is visible ASCII");
  weft::Dropped again;
  const weft::Baggage same = weft::Baggage::Parse(text, again);
  WEFT_CHECK(!again.any(), "what was written is well-formed");
  WEFT_CHECK(written.any() || same == baggage,
             "baggage reads as it was written");
  return 0;
}
