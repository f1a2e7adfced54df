// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/retention/held_stores.h"

#include <atomic>
#include <new>
#include <optional>
#include <source_location>

#include "weft/context/internal/binding.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/label_form.h"
#include "weft/context/internal/snapshot_watch.h"
#include "weft/context/internal/storage_slot.h"
#include "weft/context/label.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/internal/causes.h"
#include "weft/hooks/resource.h"

namespace weft::observe_internal {

using context_internal::Binding;
using context_internal::BindingRef;
using context_internal::Frame;
using context_internal::FrameRef;
using context_internal::LabelForm;
using context_internal::Rule;
using context_internal::StorageSlot;
using context_internal::ValueBinding;

namespace {

constinit std::atomic<const StorageSlot*> ticket_slot{nullptr};

// The storage of tickets. No task inherits one.
const StorageSlot& TicketSlot() {
  return StorageSlot::AcquireOnce(ticket_slot, Rule::kNever, "snapshot ticket");
}

// Lies in the context of a snapshot, and ends with that.
class Ticket {
 public:
  Ticket(SnapshotListener& listener, std::uint64_t number) noexcept
      : listener_(&listener), number_(number) {}
  Ticket(Ticket&& other) noexcept
      : listener_(std::exchange(other.listener_, nullptr)),
        number_(other.number_) {}
  Ticket& operator=(Ticket&&) = delete;
  ~Ticket() {
    if (listener_ != nullptr) listener_->Gone(number_);
  }

 private:
  SnapshotListener* listener_;
  std::uint64_t number_;
};

// Edges:
//   [U2] ListenToSnapshots()'s store of `listener` <-> Watch()'s load of it:
//   the
//        listener is complete. Breaks if weakened: one is called before it is
//        made. Test: RetentionStressTest.LevelsChangeWhileTasksRun (TSan).
class TicketOffice final : public context_internal::SnapshotWatch {
 public:
  constexpr TicketOffice() = default;

  void Listen(SnapshotListener* listener) noexcept {
    listener_.store(listener, std::memory_order_release);  // [U2]
    context_internal::SetSnapshotWatch(listener != nullptr ? this : nullptr);
  }

  FrameRef Watch(FrameRef frame,
                 const std::source_location& where) noexcept override {
    SnapshotListener* const listener =
        listener_.load(std::memory_order_acquire);  // [U2]
    if (listener == nullptr) return frame;
    // It is no resource, and is shown as one.
    const Resource snapshot("SNAPSHOT", kNoAsyncId, kNoAsyncId, where);
    if (hooks_internal::CausesAreKept()) hooks_internal::KeepCause(snapshot);
    const std::uint64_t number =
        listener->Made(*frame.get(), AsyncBacktrace::Of(snapshot));
    if (number == 0) return frame;
    Ticket ticket(*listener, number);
    try {
      const StorageSlot& slot = TicketSlot();
      const auto binding = BindingRef::Adopt(new ValueBinding<Ticket>(
          slot, std::optional<Ticket>(std::move(ticket))));
      return Frame::With(frame.get(), slot.index(), binding.get());
    } catch (const std::bad_alloc&) {
      return frame;
    }
  }

 private:
  std::atomic<SnapshotListener*> listener_{nullptr};
};

constinit TicketOffice the_ticket_office;

}  // namespace

std::vector<HeldStore> StoresOf(const Frame& frame) {
  std::vector<HeldStore> stores;
  frame.Visit(&stores, [](void* visitor, const Binding& binding) {
    // relaxed: only compared; a binding of the slot is ordered after it.
    if (&binding.slot() == ticket_slot.load(std::memory_order_relaxed)) return;
    static_cast<std::vector<HeldStore>*>(visitor)->push_back(
        {&binding, &binding.slot(), binding.key()});
  });
  return stores;
}

HeldLabels LabelsOf(const Frame& frame) {
  HeldLabels labels;
  for (const StorageSlot* slot = StorageSlot::FirstLabeled(); slot != nullptr;
       slot = slot->next_labeled()) {
    // Before the key: see [V1].
    const LabelForm* const label = slot->label();
    if (label == nullptr || label->visibility < Visibility::kLog) continue;
    const Binding* const binding = frame.Find(slot->index(), slot->key());
    if (binding == nullptr || binding->value() == nullptr) continue;
    LabelText text;
    try {
      label->write(label->form, binding->value(), text);
    } catch (...) {
      continue;  // see Label::Form
    }
    labels.emplace_back(label->name, text.view());
  }
  return labels;
}

bool IsBound(const HeldStore& store) noexcept {
  return store.slot->key() == store.key;
}

bool IsPrivate(const HeldStore& store) noexcept {
  return store.slot->label() == nullptr;
}

std::string StorageNameOf(const HeldStore& store) {
  return store.slot->NameOf(store.key);
}

void ListenToSnapshots(SnapshotListener* listener) noexcept {
  the_ticket_office.Listen(listener);
}

}  // namespace weft::observe_internal
