// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A hook, and a list of hooks as events read it: by kind, so that no event
// looks at a hook that has no callback for it.

#ifndef WEFT_HOOKS_INTERNAL_HOOK_LIST_H_
#define WEFT_HOOKS_INTERNAL_HOOK_LIST_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "weft/hooks/hook_callbacks.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/wanted_events.h"

namespace weft::hooks_internal {

// The part of a hook that an event looks at first.
class HookGate {
 public:
  // The checks that an event makes before it calls the hook.
  static constexpr std::uint32_t kMuted = 1;        // no call may start
  static constexpr std::uint32_t kHasTypes = 2;     // options.types
  static constexpr std::uint32_t kSkipsNested = 4;  // options.nested

  constexpr explicit HookGate(std::uint32_t checks) noexcept
      : checks_(checks) {}
  HookGate(const HookGate&) = delete;
  HookGate& operator=(const HookGate&) = delete;

  // Mostly 0: there is nothing to check.
  std::uint32_t checks() const noexcept {
    // relaxed: a call that has started goes on; see HookRegistry::Retire().
    return checks_.load(std::memory_order_relaxed);
  }
  // Returns whether it was muted before.
  bool Mute() noexcept {
    // relaxed: elects the first, nothing more.
    return (checks_.fetch_or(kMuted, std::memory_order_relaxed) & kMuted) != 0;
  }

 private:
  std::atomic<std::uint32_t> checks_;
};

// Immutable, except that it can be muted. Thread-safe.
class Hook : public HookGate, public std::enable_shared_from_this<Hook> {
 public:
  Hook(HookCallbacks hook_callbacks, HookOptions hook_options);

  const EventBits wanted;  // EventBit() of each callback there is
  const HookCallbacks callbacks;
  const HookOptions options;
};

using HookPtr = std::shared_ptr<Hook>;

// Stands for the only hook where none or several want an event. It is no hook,
// and always has checks, so that one question tells what is to be done.
extern constinit HookGate no_only_hook;

// Immutable.
class HookList {
 public:
  // A list without hooks.
  constexpr HookList() noexcept {
    first_.fill(&kEnd);
    only_.fill(&no_only_hook);
  }
  // `hooks` are in the order of their enabling. Of two lists the one that is
  // published later has the greater number.
  HookList(std::vector<HookPtr> hooks, std::uint64_t number);
  HookList(const HookList&) = delete;
  HookList& operator=(const HookList&) = delete;

  const std::vector<HookPtr>& hooks() const noexcept { return hooks_; }
  std::uint64_t number() const noexcept { return number_; }
  bool Contains(const HookPtr& hook) const noexcept;
  // Returns EventBit() of each kind that one of them wants.
  EventBits wanted() const noexcept;

  // Returns the hooks that want `event`, in the same order; null ends them.
  Hook* const* For(HookEvent event) const noexcept {
    return first_[static_cast<std::size_t>(event)];
  }
  // Returns the hook that wants `event`, if there is exactly one; otherwise
  // `no_only_hook`.
  HookGate& Only(HookEvent event) const noexcept {
    return *only_[static_cast<std::size_t>(event)];
  }

 private:
  std::vector<HookPtr> hooks_;
  static constexpr Hook* kEnd = nullptr;

  std::vector<Hook*> by_kind_;                       // each kind's, then kEnd
  std::array<Hook* const*, kHookEventCount> first_;  // into `by_kind_`
  std::array<HookGate*, kHookEventCount> only_;
  std::uint64_t number_ = 0;
};

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_HOOK_LIST_H_
