// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/label.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace weft {
namespace {

// Returns how many bytes the character at the front of `text` takes; 0 if it is
// not well-formed UTF-8 (The Unicode Standard, table 3-7).
std::size_t CharacterSize(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i])
                           : static_cast<unsigned char>(0);
  };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  unsigned char least = 0x80;
  unsigned char most = 0xbf;
  switch (first) {
    case 0xe0:
      least = 0xa0;
      break;
    case 0xed:
      most = 0x9f;
      break;
    case 0xf0:
      least = 0x90;
      break;
    case 0xf4:
      most = 0x8f;
      break;
    default:
      break;
  }
  if (byte(1) < least || byte(1) > most) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  return size;
}

// True for C0, DEL and C1, which terminals and formats may act on, and for the
// line and paragraph separators.
bool IsControl(std::string_view character) noexcept {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  if (character.size() == 2) {
    return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
  }
  return character == "\u2028" || character == "\u2029";
}

// Those that most texts are made of.
bool IsPlain(char character) noexcept {
  return character >= 0x20 && character < 0x7f;
}

}  // namespace

void LabelText::AppendPlain(std::string_view text) noexcept {
  const std::size_t size = std::min(text.size(), kMaxBytes - size_);
  std::copy_n(text.begin(), size, text_.begin() + size_);
  size_ += size;
  is_cut_ = size < text.size();
}

void LabelText::AppendCharacter(std::string_view character) noexcept {
  if (is_cut_ || size_ + character.size() > kMaxBytes) {
    is_cut_ = true;
    return;
  }
  std::copy(character.begin(), character.end(), text_.begin() + size_);
  size_ += character.size();
}

void LabelText::Append(std::string_view text) noexcept {
  while (!text.empty() && !is_cut_) {
    // No more is looked at than there is room for, and one byte, which says
    // that there is none.
    const std::string_view next = text.substr(0, kMaxBytes - size_ + 1);
    const auto plain_end = std::find_if_not(next.begin(), next.end(), &IsPlain);
    if (const auto plain = static_cast<std::size_t>(plain_end - next.begin());
        plain > 0) {
      AppendPlain(text.substr(0, plain));
      text.remove_prefix(plain);
      continue;
    }
    const std::size_t size = CharacterSize(text);
    const std::string_view character = text.substr(0, std::max(size, {1}));
    text.remove_prefix(character.size());
    AppendCharacter(size == 0 ? "?" : IsControl(character) ? " " : character);
  }
}

void LabelText::AppendNumber(long long value) noexcept {
  std::array<char, 24> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  Append(std::string_view(digits.data(), end));
}

void LabelText::AppendNumber(unsigned long long value) noexcept {
  std::array<char, 24> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  Append(std::string_view(digits.data(), end));
}

void LabelText::Append(double value) noexcept {
  std::array<char, 32> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  Append(std::string_view(digits.data(), end));
}

void context_internal::CheckLabel(std::string_view name, bool has_form) {
  if (name.empty()) {
    throw std::invalid_argument(
        "AsyncLocalStorage: the storage has a label and no name; a label is "
        "shown with the name of its storage");
  }
  if (!has_form) {
    throw std::invalid_argument("AsyncLocalStorage: the label of " +
                                std::string(name) +
                                " has a null form; it must be a function that "
                                "writes a store");
  }
}

}  // namespace weft
