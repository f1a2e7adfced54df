// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// context/inheritance.h
// -----------------------------------------------------------------------------
//
// `Inheritance<T>` says what a task inherits of an `AsyncLocalStorage<T>`. It
// is decided once, with the storage, and not at each submission.
//
// Example:
//
//   const weft::AsyncLocalStorage<Span> span(
//       {.name = "span", .inheritance = weft::Inheritance<Span>::Never()});
//   const weft::AsyncLocalStorage<Trace> trace(
//       {.inheritance = weft::Inheritance<Trace>::CopyOnSpawn(
//            [](const Trace& parent) { return parent.NewChild(); })});
//
// Node counterpart: none; in Node all is inherited. Python's `threading.Thread`
// and .NET's `ExecutionContext` decide for the whole context.

#ifndef WEFT_CONTEXT_INHERITANCE_H_
#define WEFT_CONTEXT_INHERITANCE_H_

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "weft/context/internal/binding.h"
#include "weft/context/internal/storage_slot.h"

namespace weft {

template <typename T>
class AsyncLocalStorage;

// Inheritance
//
// A rule that holds for everything that has an async id and a context of its
// own: tasks, however they are submitted, continuations, timers, coroutines,
// pipelines' items, and every `AsyncResource`. Each keeps the stores that it is
// given when it is made.
//
// The rule does not hold for work that is a part of its caller: parts of a
// `Join()`, `ParallelFor()` or `ParallelReduce()` run in the context of the
// caller, which waits for them. Nor does it hold for a `ContextSnapshot`, which
// is captured by hand and has all that is current.
//
// Thread-safety: thread-compatible, a value.
// Cost: none where everything that is bound has the rule Inherit(). Never():
//   the first capture of a context allocates a frame, which all others share.
//   CopyOnSpawn(): each capture calls the function, allocates three times, and
//   takes a lock, for a moment, that all such storages share.
template <typename T>
class Inheritance {
 public:
  // Makes the same rule as Inherit().
  Inheritance() noexcept = default;

  // Returns the rule by which a task sees the store that was current where it
  // was submitted.
  static Inheritance Inherit() { return Inheritance(); }

  // Returns the rule by which a task sees nothing stored, so the default, and
  // keeps no store alive.
  static Inheritance Never() {
    return Inheritance(context_internal::Rule::kNever, nullptr);
  }

  // Returns the rule by which a task sees `copy(store)`, if a store is current.
  // `copy` is called on the submitting thread, in its context, once for each
  // submission, before init. If `copy` throws, the submitting call throws the
  // same and submits nothing. A submission that is refused afterwards, by an
  // executor that is full or shut down, has called `copy` too. `copy` may be
  // called on several threads at once; work that it submits itself inherits
  // nothing. Throws std::invalid_argument if `copy` is empty.
  static Inheritance CopyOnSpawn(std::function<T(const T&)> copy) {
    if (copy == nullptr) {
      throw std::invalid_argument(
          "Inheritance::CopyOnSpawn: copy is empty; it must be a function from "
          "a store to the store that a task gets");
    }
    return Inheritance(context_internal::Rule::kCopy,
                       std::make_shared<const Copier>(std::move(copy)));
  }

 private:
  friend class AsyncLocalStorage<T>;

  class Copier final : public context_internal::BindingCopier {
   public:
    explicit Copier(std::function<T(const T&)> copy) : copy_(std::move(copy)) {}

    context_internal::BindingRef Copy(
        const context_internal::Binding& binding) const override {
      return context_internal::BindingRef::Adopt(
          new context_internal::ValueBinding<T>(
              binding.slot(), binding.key(),
              std::optional<T>(
                  copy_(*static_cast<const T*>(binding.value())))));
    }

   private:
    const std::function<T(const T&)> copy_;
  };

  Inheritance(context_internal::Rule rule,
              std::shared_ptr<const context_internal::BindingCopier> copier)
      : rule_(rule), copier_(std::move(copier)) {}

  context_internal::Rule rule_ = context_internal::Rule::kInherit;
  std::shared_ptr<const context_internal::BindingCopier> copier_;
};

}  // namespace weft

#endif  // WEFT_CONTEXT_INHERITANCE_H_
