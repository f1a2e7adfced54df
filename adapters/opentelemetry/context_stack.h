// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/opentelemetry/context_stack.h
// -----------------------------------------------------------------------------
//
// `ContextStack<Context>` keeps the contexts of a tracing library where Weft
// keeps its own: a context that is attached is current in its flow, on
// whichever thread that goes on, and in all that the flow submits from then on.
// It is what `RuntimeContextStorage` (runtime_context_storage.h) is made of,
// and knows nothing of OpenTelemetry.
//
// Attached contexts form a stack. Each flow has its own: what a task attaches
// and detaches changes nothing for the flow that submitted it, nor for another
// task of that.
//
// Node counterpart: none.

#ifndef WEFT_ADAPTERS_OPENTELEMETRY_CONTEXT_STACK_H_
#define WEFT_ADAPTERS_OPENTELEMETRY_CONTEXT_STACK_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>

#include "weft/base/ref.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/label.h"

namespace weft::otel {

// ContextStackOptions
//
// Who may see what of the contexts, as labels (context/label.h).
struct ContextStackOptions {
  // The span: its label is "span".
  Visibility span = Visibility::kTrace;
  // The baggage, which anyone on the way may have written: "baggage".
  Visibility baggage = Visibility::kPrivate;
};

// ContextStack
//
// `Context` is copyable, and its default is the context in which nothing is
// set. `Traits` has these static functions:
//
//   bool HasSpan(const Context&), bool HasBaggage(const Context&): whether the
//     context has one that is to be shown;
//   void WriteSpan(const Context&, LabelText&), and WriteBaggage(): how it is
//     shown; called if it has one.
//
// Thread-safety: thread-safe.
// Lifetime: it may be destroyed while flows have contexts of it; these go with
//   the flows.
// Cost: `GetCurrent()` copies a context. `Attach()` and `Detach()` allocate
//   some five times, and some more where baggage comes or goes.
template <typename Context, typename Traits>
class ContextStack {
 public:
  // Throws std::bad_alloc.
  explicit ContextStack(ContextStackOptions options = {})
      : contexts_({.name = "span",
                   .label = LabelOf<&Traits::HasSpan, &Traits::WriteSpan>(
                       options.span)}),
        baggage_({.name = "baggage",
                  .label = LabelOf<&Traits::HasBaggage, &Traits::WriteBaggage>(
                      options.baggage)}) {}
  ContextStack(const ContextStack&) = delete;
  ContextStack& operator=(const ContextStack&) = delete;

  // ContextStack::GetCurrent()
  //
  // Returns the context that was attached last in the calling flow, or that it
  // has inherited; the default one if there is none.
  Context GetCurrent() const {
    const Entry* const top = contexts_.GetStore();
    return top == nullptr ? Context() : top->get()->context;
  }

  // ContextStack::Attach()
  //
  // Makes `context` current for the rest of the flow: until it is detached, or
  // the task ends. Returns false, with nothing changed but failures(), if there
  // is no memory.
  bool Attach(const Context& context) noexcept {
    try {
      const Entry* const top = contexts_.GetStore();
      Enter(Entry::Adopt(new Node(context, top == nullptr ? Entry() : *top)));
      return true;
    } catch (...) {
      return Fail();
    }
  }

  // ContextStack::Detach()
  //
  // Detaches the context, of those that are attached in the calling flow, for
  // which `is_it(context)` is true, the last first, and all that was attached
  // after it: what was current before it is current again. Returns false, with
  // nothing changed, if there is none, as for what another flow has attached;
  // and if there is no memory, which failures() counts.
  template <typename Predicate>
  bool Detach(const Predicate& is_it) noexcept {
    try {
      const Entry* const top = contexts_.GetStore();
      if (top == nullptr) return false;
      const Node* node = top->get();
      while (node != nullptr && !is_it(node->context)) node = node->below;
      if (node == nullptr) return false;
      Enter(Entry::Share(node->below));
      return true;
    } catch (...) {
      return Fail();
    }
  }

  // Returns how often there was no memory.
  std::uint64_t failures() const noexcept {
    // relaxed: a number.
    return failures_.load(std::memory_order_relaxed);
  }

 private:
  // Immutable; counted by flows, and by what was attached after it.
  class Node : public base::RefCounted {
   public:
    Node(const Context& with, base::Ref<const Node> on)
        : context(with), below(on.Detach()) {}
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    // Destroys those that are left by this one by one, not each within the one
    // above: contexts that nobody detaches may have become many.
    void Release() const noexcept {
      const Node* node = this;
      while (node != nullptr && node->DropRefs(1)) {
        const Node* const next = node->below;
        delete node;
        node = next;
      }
    }

    const Context context;
    const Node* const below;  // one reference; null: it is the last

   private:
    ~Node() = default;
  };
  using Entry = base::Ref<const Node>;

  template <auto kHas, auto kWrite>
  static Label<Entry> LabelOf(Visibility visibility) {
    if (visibility == Visibility::kPrivate) return {};
    return {visibility, [](const Entry& entry, LabelText& text) {
              // A label whose form throws is left out.
              const Context& context = entry.get()->context;
              if (!kHas(context)) throw std::runtime_error("nothing to show");
              kWrite(context, text);
            }};
  }

  // Makes `entry` the top; null: none is attached. Throws std::bad_alloc.
  void Enter(Entry entry) {
    const Entry* const shown = baggage_.GetStore();
    const bool has_baggage = entry && Traits::HasBaggage(entry.get()->context);
    if (shown == nullptr && !has_baggage) return EnterContext(std::move(entry));
    const Entry before = shown == nullptr ? Entry() : *shown;
    EnterIn(baggage_, has_baggage ? entry : Entry());
    try {
      EnterContext(std::move(entry));
    } catch (...) {
      EnterIn(baggage_, before);
      throw;
    }
  }
  void EnterContext(Entry entry) { EnterIn(contexts_, std::move(entry)); }
  static void EnterIn(const AsyncLocalStorage<Entry>& storage, Entry entry) {
    if (entry) {
      storage.EnterWith(std::move(entry));
    } else {
      storage.EnterWith(std::nullopt);
    }
  }
  bool Fail() noexcept {
    // relaxed: a number.
    failures_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }

  const AsyncLocalStorage<Entry> contexts_;
  const AsyncLocalStorage<Entry> baggage_;
  std::atomic<std::uint64_t> failures_{0};
};

}  // namespace weft::otel

#endif  // WEFT_ADAPTERS_OPENTELEMETRY_CONTEXT_STACK_H_
