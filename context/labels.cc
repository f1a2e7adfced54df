// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/labels.h"

#include "weft/context/internal/binding.h"
#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/storage_slot.h"

namespace weft::context_internal {

void VisitLabels(Visibility place, void* visitor, LabelVisitor visit) {
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

}  // namespace weft::context_internal
