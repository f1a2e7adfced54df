// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/causes.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"
#include "weft/hooks/internal/execution_state.h"

namespace weft::hooks_internal {

constinit std::atomic<bool> causes_are_kept{false};

namespace {

using base::Mutex;
using base::MutexLock;

// In the place of a cause: there was one, and it is not known.
constexpr Cause kUnknown = ~Cause{0};

// Where a resource was made, and what it is.
struct Site {
  explicit Site(const Resource& resource) noexcept
      : where(resource.source_location()),
        type(resource.type().substr(0, CauseNode::kTypeSize)) {}
  explicit Site(const CauseNode& node) noexcept
      : where(node.where), type(node.type_view()) {}

  friend bool operator==(const Site& a, const Site& b) noexcept {
    return a.where.file_name() == b.where.file_name() &&
           a.where.line() == b.where.line() &&
           a.where.column() == b.where.column() && a.type == b.type;
  }

  std::source_location where;
  std::string_view type;
};

class CauseTable {
 public:
  constexpr CauseTable() = default;

  Mutex& mutex() noexcept ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  const CauseNode& node(Cause cause) const noexcept {
    return nodes_[cause - 1];
  }

  // Returns the chain of `cause` and then `site`.
  Cause Find(Cause cause, const Site& site) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_) {
    if (IsMoreOfTheSame(cause, site)) return cause;
    if (const Cause found = LookUp(cause, site)) [[likely]]
      return found;
    // If there is no room for another chain, all but its end is cut off.
    // relaxed: a hint.
    if (is_full_.load(std::memory_order_relaxed)) {
      if (const Cause found = LookUp(kUnknown, site)) return found;
    }
    const MutexLock lock(mutex_);
    if (const Cause found = FindLocked(cause, site)) return found;
    is_full_.store(true, std::memory_order_relaxed);  // relaxed: a hint
    return FindLocked(kUnknown, site);
  }

 private:
  static constexpr std::size_t kNodes = std::size_t{1} << 13;
  static constexpr std::size_t kPlaces = kNodes * 4;
  // For chains of one site, when there is no room for others.
  static constexpr std::size_t kReserved = 1024;

  // A place has a cause, and the chain that is this one and one more site.
  static constexpr std::uint64_t Pack(Cause cause, Cause longer) noexcept {
    return std::uint64_t{cause} << 32 | longer;
  }

  bool IsMoreOfTheSame(Cause cause, const Site& site) const noexcept {
    return !IsFirst(cause) && node(cause).repeats && Site(node(cause)) == site;
  }

  // True if what is caused by it is the first site of a chain.
  static constexpr bool IsFirst(Cause cause) noexcept {
    return cause == 0 || cause == kUnknown;
  }

  static std::size_t FirstPlace(Cause cause, const Site& site) noexcept {
    std::uint64_t hash = reinterpret_cast<std::uintptr_t>(
        static_cast<const void*>(site.where.file_name()));
    hash = hash * 31 + site.where.line();
    hash = hash * 31 + site.where.column();
    hash = hash * 31 + site.type.size();
    hash = (hash ^ std::uint64_t{cause} << 32) * 0x9e37'79b9'7f4a'7c15;
    return static_cast<std::size_t>(hash >> 40) % kPlaces;
  }

  Cause LookUp(Cause cause, const Site& site) const noexcept {
    std::size_t at = FirstPlace(cause, site);
    for (;; at = (at + 1) % kPlaces) {
      const std::uint64_t place =
          places_[at].load(std::memory_order_acquire);  // [A2]
      if (place == 0) return 0;
      const auto longer = static_cast<Cause>(place);
      if (place >> 32 == cause && Site(node(longer)) == site) return longer;
    }
  }

  // The same as Find(), but 0 if there is no room.
  Cause FindLocked(Cause cause, const Site& site) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (IsMoreOfTheSame(cause, site)) return cause;
    if (const Cause found = LookUp(cause, site)) return found;
    // Most places stay free, so that a look-up is short and ends.
    if (places_used_ >= (IsFirst(cause) ? kPlaces / 4 * 3 : kPlaces / 2)) {
      return 0;
    }
    const Cause made = Make(cause, site);
    if (made != 0) Insert(cause, site, made);
    return made;
  }

  Cause Make(Cause cause, const Site& site) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (IsFirst(cause)) {
      return Add(site, {.cause = 0, .depth = 1, .is_cut = cause == kUnknown});
    }
    const CauseNode& maker = node(cause);
    if (Site(maker) == site) {
      return Add(site, {.cause = maker.cause,
                        .depth = maker.depth,
                        .repeats = true,
                        .is_cut = maker.is_cut});
    }
    if (maker.depth == kMaxSites) {
      const Cause cut = WithoutFirst(cause);
      return cut == 0 ? 0 : FindLocked(cut, site);
    }
    return Add(site, {.cause = cause,
                      .depth = static_cast<std::uint8_t>(maker.depth + 1),
                      .is_cut = maker.is_cut});
  }

  // Returns the chain of `cause` without its oldest site; 0: there is no room.
  Cause WithoutFirst(Cause cause) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::array<Cause, kMaxSites> chain;
    std::size_t size = 0;
    for (; cause != 0; cause = node(cause).cause) chain[size++] = cause;
    Cause result = kUnknown;
    for (std::size_t i = size - 1; i > 0 && result != 0; --i) {
      const CauseNode& next = node(chain[i - 1]);
      result = FindLocked(result, Site(next));
      if (next.repeats && result != 0) result = FindLocked(result, Site(next));
    }
    return result;
  }

  struct Facts {
    Cause cause;
    std::uint8_t depth;
    bool repeats = false;
    bool is_cut = false;
  };
  Cause Add(const Site& site, const Facts& facts) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const bool is_reserve = facts.cause == 0 && !facts.repeats;
    if (used_ >= (is_reserve ? kNodes : kNodes - kReserved)) return 0;
    CauseNode& added = nodes_[used_++];
    added.where = site.where;
    std::memcpy(added.type.data(), site.type.data(), site.type.size());
    added.type_size = static_cast<std::uint8_t>(site.type.size());
    added.cause = facts.cause;
    added.depth = facts.depth;
    added.repeats = facts.repeats;
    added.is_cut = facts.is_cut;
    return static_cast<Cause>(used_);
  }

  void Insert(Cause cause, const Site& site, Cause longer) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::size_t at = FirstPlace(cause, site);
    // relaxed: written under the lock only.
    while (places_[at].load(std::memory_order_relaxed) != 0) {
      at = (at + 1) % kPlaces;
    }
    ++places_used_;
    places_[at].store(Pack(cause, longer), std::memory_order_release);  // [A2]
  }

  Mutex mutex_;
  std::atomic<bool> is_full_{false};
  // All begins as zeros: the program's file does not have it.
  std::size_t used_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t places_used_ ABSL_GUARDED_BY(mutex_) = 0;
  std::array<CauseNode, kNodes> nodes_{};  // written once each, under the lock
  std::array<std::atomic<std::uint64_t>, kPlaces> places_{};
};

// Never destroyed: threads may make resources after static destruction.
union ImmortalTable {
  constexpr ImmortalTable() : table() {}
  ~ImmortalTable() {}
  CauseTable table;
};
constinit ImmortalTable the_causes;

[[maybe_unused]] const base::AtFork& causes_known_at_fork =
    *new base::AtFork(the_causes.table.mutex());

}  // namespace

const CauseNode& NodeOf(Cause cause) noexcept {
  return the_causes.table.node(cause);
}

void KeepCauses(bool are_kept) noexcept {
  // relaxed: a hint.
  causes_are_kept.store(are_kept, std::memory_order_relaxed);
}

Cause CauseOf(const Resource& resource) noexcept {
  // Parts of forks have no cause of their own: they are many, and what they
  // come of is there as long as they are.
  constexpr int kFarthest = 256;
  std::array<const Resource*, kMaxSites> parts;
  std::size_t size = 0;
  const Resource* at = &resource;
  Cause cause = at->cause();
  for (int steps = 0; cause == 0; ++steps) {
    const Resource* const maker = at->lasting_trigger();
    if (at->source_location().line() == 0) {
      // The root of a thread, where everything begins.
      break;
    }
    // One after the same is left out, but for the second.
    if (size < 2 || !(Site(*at) == Site(*parts[size - 1]) &&
                      Site(*at) == Site(*parts[size - 2]))) {
      if (size == parts.size()) {
        cause = kUnknown;
        break;
      }
      parts[size++] = at;
    }
    if (maker == nullptr || steps == kFarthest) {
      cause = kUnknown;
      break;
    }
    at = maker;
    cause = at->cause();
  }
  while (size > 0) cause = the_causes.table.Find(cause, Site(*parts[--size]));
  return cause == kUnknown ? 0 : cause;
}

void KeepCause(const Resource& made) noexcept {
  if (made.lasting_trigger() != nullptr) return;
  const Cause maker = CauseOf(CurrentResource());
  made.SetCause(the_causes.table.Find(maker, Site(made)));
}

void PassCause(const Resource& from, const Resource& to) noexcept {
  to.SetCause(CauseOf(from));
}

}  // namespace weft::hooks_internal
