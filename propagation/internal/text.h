// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The text that W3C's fields are made of: lists, tokens, hexadecimal digits and
// percent-encoding. Nothing here allocates, but for what it returns.

#ifndef WEFT_PROPAGATION_INTERNAL_TEXT_H_
#define WEFT_PROPAGATION_INTERNAL_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "weft/base/language.h"

namespace weft::propagation_internal {

// Returns `text` without the spaces and tabs at its ends.
std::string_view Trimmed(std::string_view text) noexcept;

// Takes what stands before the first `separator` off `rest`, and the separator;
// all of it if there is none. Returns it trimmed.
std::string_view TakeUntil(char separator, std::string_view& rest) noexcept;

// True if it is a token of HTTP: one or more letters, digits or !#$%&'*+-.^_`|~
bool IsToken(std::string_view text) noexcept;

// True if all are characters that a value of baggage may have: visible ASCII
// but for '"', ',', ';' and '\'.
bool IsBaggageText(std::string_view text) noexcept;

// Appends two lower-case digits for each byte.
void AppendHex(std::span<const std::uint8_t> bytes, std::string& text);
// Reads two lower-case digits for each byte. Returns false, with `bytes` in any
// state, if `text` is not just that.
bool ReadHex(std::string_view text, std::span<std::uint8_t> bytes) noexcept;

// Appends `bytes`, of which those stay that IsBaggageText() accepts, but '%'.
void AppendPercentEncoded(std::string_view bytes, std::string& text);
// A '%' that two hexadecimal digits do not follow stays.
std::string PercentDecoded(std::string_view text);

// Replaces each byte that is not part of well-formed UTF-8 by U+FFFD.
std::string WithValidUtf8(std::string text);

// Returns the number that 1 to `max_digits` decimal digits, and nothing else,
// tell. `max_digits` is 18 at most.
std::optional<std::uint64_t> ReadNumber(std::string_view text,
                                        std::size_t max_digits) noexcept;

}  // namespace weft::propagation_internal

#endif  // WEFT_PROPAGATION_INTERNAL_TEXT_H_
