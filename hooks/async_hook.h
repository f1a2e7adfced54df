// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/async_hook.h
// -----------------------------------------------------------------------------
//
// A hook is a set of functions called as resources are made, run and destroyed.
//
// Example:
//
//   const weft::AsyncHook hook = weft::CreateHook({
//       .init = [](const weft::InitEvent& event) {
//         std::cerr << event.type() << ' ' << event.async_id() << " by "
//                   << event.trigger_async_id() << '\n';
//       }}).Enable();
//
// Node counterpart: `async_hooks.createHook()` and `AsyncHook`.

#ifndef WEFT_HOOKS_ASYNC_HOOK_H_
#define WEFT_HOOKS_ASYNC_HOOK_H_

#include <memory>

#include "weft/hooks/hook_callbacks.h"

namespace weft {

namespace hooks_internal {
class Hook;
}  // namespace hooks_internal

// AsyncHook
//
// An object that owns a hook. `CreateHook()` makes it; at first it is not
// enabled.
//
// Enabled hooks are called in the order in which they were enabled. Called from
// inside a hook callback, `Enable()` and `Disable()` take effect when the
// outermost callback batch on the thread ends. Called elsewhere, they take
// effect at once on the calling thread, and on other threads from their next
// event on.
//
// Thread-safety: thread-safe, except for moving and destruction.
// Errors: after being moved from, every call but destruction and assignment
//   throws std::logic_error.
// Cost: an event of a kind that no enabled hook wants is one relaxed load.
class AsyncHook {
 public:
  // Moves the hook, which stays as it is, enabled or not. The hook that is
  // assigned to ends as by its destructor.
  AsyncHook(AsyncHook&& other) noexcept = default;
  AsyncHook& operator=(AsyncHook&& other) noexcept;
  // Does what `DisableAndWait()` does; besides, no callback starts any more
  // even if a batch of them is running on this thread.
  ~AsyncHook();

  // Enables the hook. Enabling it twice is the same as once; disabling and
  // enabling it moves it to the end of the order. Throws std::bad_alloc, with
  // nothing changed.
  AsyncHook& Enable() &;
  AsyncHook&& Enable() &&;

  // Disables the hook. Throws std::bad_alloc, with nothing changed.
  AsyncHook& Disable();

  // Disables the hook and waits until no other thread is inside a callback of
  // it: what the callbacks refer to may then be destroyed. Called from inside a
  // hook callback, of any hook, it does not wait, as otherwise two threads
  // could wait for each other. A callback must not wait for the thread that
  // calls this.
  void DisableAndWait();

 private:
  friend AsyncHook CreateHook(HookCallbacks callbacks, HookOptions options);
  explicit AsyncHook(std::shared_ptr<hooks_internal::Hook> hook) noexcept;

  const std::shared_ptr<hooks_internal::Hook>& hook() const;

  std::shared_ptr<hooks_internal::Hook> hook_;  // null: moved from
};

// Returns a hook with `callbacks`, not yet enabled.
//
// Differs from Node: the hook lives as long as the returned object, also while
// it is enabled.
[[nodiscard]] AsyncHook CreateHook(HookCallbacks callbacks,
                                   HookOptions options = {});

}  // namespace weft

#endif  // WEFT_HOOKS_ASYNC_HOOK_H_
