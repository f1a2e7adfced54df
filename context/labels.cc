// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/labels.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "weft/context/internal/binding.h"
#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/storage_slot.h"

namespace weft {

void context_internal::VisitLabels(Visibility place, void* visitor,
                                   LabelVisitor visit) {
  if (CurrentFrame() == nullptr) return;
  for (const StorageSlot* slot = StorageSlot::FirstLabeled(); slot != nullptr;
       slot = slot->next_labeled()) {
    // Before the key: see [V1].
    const LabelForm* const label = slot->label();
    if (label == nullptr || label->visibility < place) continue;
    // Afresh each time: the visitor may have entered another.
    const Frame* const frame = CurrentFrame();
    if (frame == nullptr) return;
    const Binding* const binding = frame->Find(slot->index(), slot->key());
    if (binding == nullptr || binding->value() == nullptr) continue;
    LabelText text;
    try {
      label->write(label->form, binding->value(), text);
    } catch (...) {
      continue;  // see Label::Form
    }
    visit(visitor, label->name, text.view());
  }
}

context_internal::ContextStamp context_internal::CurrentStamp() noexcept {
  const Frame* const frame = CurrentFrame();
  // The renewals first: a store that ends meanwhile then belongs to a stamp
  // that does not come again.
  const std::uint64_t renewals = StorageSlot::renewals();
  return {frame == nullptr ? 0 : frame->id(), renewals};
}

namespace {

// True for what begins, ends or divides labels.
bool IsMark(char character) noexcept {
  return character == ' ' || character == '"' || character == '\\' ||
         character == '=' || character == '[' || character == ']';
}

constexpr std::size_t kPrefixReserve = 240;

void AppendLogText(std::string_view text, std::string& line) {
  if (!text.empty() && std::none_of(text.begin(), text.end(), &IsMark)) {
    line += text;
    return;
  }
  line += '"';
  for (const char character : text) {
    if (character == '"' || character == '\\') line += '\\';
    line += character;
  }
  line += '"';
}

}  // namespace

std::string LogPrefix() {
  std::string line;
  VisitLabels(Visibility::kLog,
              [&](std::string_view name, std::string_view text) {
                // Room for some labels, and for the line that a caller appends.
                if (line.empty()) line.reserve(kPrefixReserve);
                line += line.empty() ? '[' : ' ';
                line += name;
                line += '=';
                AppendLogText(text, line);
              });
  if (!line.empty()) line += "] ";
  return line;
}

}  // namespace weft
