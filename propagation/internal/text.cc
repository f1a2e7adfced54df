// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/propagation/internal/text.h"

#include <algorithm>
#include <utility>

namespace weft::propagation_internal {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool IsSpace(char c) { return c == ' ' || c == '\t'; }
bool IsDecimal(char c) { return '0' <= c && c <= '9'; }
bool IsLetter(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
}

bool IsTokenChar(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return IsDecimal(c) || IsLetter(c) || kOthers.find(c) != kOthers.npos;
}

bool IsBaggageChar(char c) {
  return '!' <= c && c <= '~' && c != '"' && c != ',' && c != ';' && c != '\\';
}

// Returns -1 if it is none. Upper case counts only in percent-encoding.
int HexDigit(char c) {
  if (IsDecimal(c)) return c - '0';
  if ('a' <= c && c <= 'f') return c - 'a' + 10;
  return -1;
}
int AnyHexDigit(char c) {
  return 'A' <= c && c <= 'F' ? c - 'A' + 10 : HexDigit(c);
}

// Returns the length of the well-formed character of UTF-8 that `text`, which
// is not empty, begins with; 0 if it begins with none.
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto continues = [&](std::size_t i) {
    return (byte(i) & 0xC0u) == 0x80u;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  // The ranges of the second byte leave out overlong forms, surrogates and what
  // is beyond U+10FFFF.
  if (0xC2 <= first && first <= 0xDF) return continues(1) ? 2 : 0;
  if (0xE0 <= first && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    const bool good = low <= byte(1) && byte(1) <= high && continues(2);
    return good ? 3 : 0;
  }
  if (0xF0 <= first && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    const bool good =
        low <= byte(1) && byte(1) <= high && continues(2) && continues(3);
    return good ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string_view Trimmed(std::string_view text) noexcept {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view TakeUntil(char separator, std::string_view& rest) noexcept {
  const std::size_t end = rest.find(separator);
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return Trimmed(taken);
}

bool IsToken(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar);
}

bool IsBaggageText(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), IsBaggageChar);
}

void AppendHex(std::span<const std::uint8_t> bytes, std::string& text) {
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
}

bool ReadHex(std::string_view text, std::span<std::uint8_t> bytes) noexcept {
  if (text.size() != 2 * bytes.size()) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = HexDigit(text[2 * i]);
    const int low = HexDigit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(16 * high + low);
  }
  return true;
}

void AppendPercentEncoded(std::string_view bytes, std::string& text) {
  for (const char c : bytes) {
    if (IsBaggageChar(c) && c != '%') {
      text += c;
      continue;
    }
    constexpr std::string_view kUpper = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += kUpper[byte >> 4];
    text += kUpper[byte & 15];
  }
}

std::string PercentDecoded(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() &&
        AnyHexDigit(text[i + 1]) >= 0 && AnyHexDigit(text[i + 2]) >= 0) {
      bytes += static_cast<char>(16 * AnyHexDigit(text[i + 1]) +
                                 AnyHexDigit(text[i + 2]));
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

std::string WithValidUtf8(std::string text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t length = Utf8Length(rest);
    if (length == 0) break;
    rest.remove_prefix(length);
  }
  if (rest.empty()) return text;
  std::string valid = text.substr(0, text.size() - rest.size());
  while (!rest.empty()) {
    const std::size_t length = Utf8Length(rest);
    valid += length == 0 ? kReplacement : rest.substr(0, length);
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return valid;
}

std::optional<std::uint64_t> ReadNumber(std::string_view text,
                                        std::size_t max_digits) noexcept {
  if (text.empty() || text.size() > max_digits ||
      !std::all_of(text.begin(), text.end(), IsDecimal)) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  for (const char c : text) {
    number = 10 * number + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

}  // namespace weft::propagation_internal
