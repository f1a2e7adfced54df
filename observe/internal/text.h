// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Texts that somebody else has chosen, on their way out. Where they are not
// UTF-8 they are taken for Latin-1, byte by byte.

#ifndef WEFT_OBSERVE_INTERNAL_TEXT_H_
#define WEFT_OBSERVE_INTERNAL_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::observe_internal {

// Takes the first letter from `text`, which is not empty.
char32_t TakeLetter(std::string_view& text) noexcept;

// Returns `text` as a JSON string, in quotes, in ASCII.
std::string JsonQuoted(std::string_view text);

// Returns `text` as valid UTF-8 of at most `max_bytes`, cut at its end, in
// which a '?' stands for each letter that controls how others are shown.
std::string CleanText(std::string_view text, std::size_t max_bytes);

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_TEXT_H_
