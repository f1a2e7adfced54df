// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/text.h"

#include <array>
#include <cstdio>

namespace weft::observe_internal {
namespace {

// Stands for what was cut: U+2026.
constexpr std::string_view kEllipsis = "\xe2\x80\xa6";

bool IsSurrogate(char32_t letter) noexcept {
  return letter >= 0xd800 && letter <= 0xdfff;
}

// Controls, and what changes the direction of others or ends lines.
bool IsControl(char32_t letter) noexcept {
  return letter < 0x20 || (letter >= 0x7f && letter <= 0x9f) ||
         (letter >= 0x200e && letter <= 0x200f) ||
         (letter >= 0x2028 && letter <= 0x202e) ||
         (letter >= 0x2066 && letter <= 0x2069) || letter == 0xfeff;
}

std::string Utf8(char32_t letter) {
  if (letter < 0x80) return {static_cast<char>(letter)};
  std::string bytes;
  const auto add = [&](char32_t lead, int shift) {
    bytes += static_cast<char>(lead | (letter >> shift));
    for (shift -= 6; shift >= 0; shift -= 6) {
      bytes += static_cast<char>(0x80 | ((letter >> shift) & 0x3f));
    }
  };
  if (letter < 0x800) {
    add(0xc0, 6);
  } else if (letter < 0x10000) {
    add(0xe0, 12);
  } else {
    add(0xf0, 18);
  }
  return bytes;
}

void AppendEscape(char32_t unit, std::string& out) {
  std::array<char, 8> escaped;
  std::snprintf(escaped.data(), escaped.size(), "\\u%04x",
                static_cast<unsigned>(unit & 0xffff));
  out += escaped.data();
}

}  // namespace

char32_t TakeLetter(std::string_view& text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  std::size_t bytes = 1;
  char32_t least = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    bytes = 2;
    least = 0x80;
  } else if (first >= 0xe0 && first <= 0xef) {
    bytes = 3;
    least = 0x800;
  } else if (first >= 0xf0 && first <= 0xf4) {
    bytes = 4;
    least = 0x10000;
  }
  char32_t letter = bytes == 1 ? first : first & (0x7fU >> bytes);
  bool is_valid = bytes <= text.size();
  for (std::size_t i = 1; is_valid && i < bytes; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    is_valid = (byte & 0xc0) == 0x80;
    letter = letter << 6 | (byte & 0x3f);
  }
  if (!is_valid || letter < least || letter > 0x10ffff || IsSurrogate(letter)) {
    letter = first;
    bytes = 1;
  }
  text.remove_prefix(bytes);
  return letter;
}

std::string JsonQuoted(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const char32_t letter = TakeLetter(text);
    if (letter == '"' || letter == '\\') {
      quoted += '\\';
      quoted += static_cast<char>(letter);
    } else if (letter >= 0x20 && letter < 0x7f) {
      quoted += static_cast<char>(letter);
    } else if (letter < 0x10000) {
      AppendEscape(letter, quoted);
    } else {
      AppendEscape(0xd800 + ((letter - 0x10000) >> 10), quoted);
      AppendEscape(0xdc00 + ((letter - 0x10000) & 0x3ff), quoted);
    }
  }
  return quoted + '"';
}

std::string CleanText(std::string_view text, std::size_t max_bytes) {
  std::string clean;
  std::size_t whole = 0;  // how much leaves room for what stands for the rest
  while (!text.empty()) {
    const char32_t letter = TakeLetter(text);
    clean += IsControl(letter) ? "?" : Utf8(letter);
    if (clean.size() > max_bytes) {
      clean.resize(whole);
      if (max_bytes >= kEllipsis.size()) clean += kEllipsis;
      break;
    }
    if (clean.size() + kEllipsis.size() <= max_bytes) whole = clean.size();
  }
  return clean;
}

}  // namespace weft::observe_internal
