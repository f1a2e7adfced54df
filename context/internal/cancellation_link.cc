// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/cancellation_link.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace weft::context_internal {
namespace {

// The source of a link. Stopping it stops the next link from inside, and so on;
// to avoid the recursion the others wait in a list until the one before has
// been stopped.
class Stopper final : public base::RefCounted {
 public:
  void Release() const noexcept {
    if (DropRefs(1)) delete this;
  }

  std::stop_token token() const noexcept { return source_.get_token(); }

  // Stops it, and then what that stops in turn, before it returns. `by` is the
  // link whose stop is the cause; null if there is none.
  void Stop(const Stopper* by) noexcept {
    AddRef();
    if (by != nullptr && stopping != nullptr && stopping->current == by) {
      next_ = std::exchange(stopping->waiting, this);
      return;
    }
    // It may be waiting in another list, on any thread, so this leaves its link
    // alone.
    Chain chain{this, nullptr};
    Chain* const outer = std::exchange(stopping, &chain);
    source_.request_stop();
    Release();
    while (Stopper* const next = chain.waiting) {
      chain.waiting = next->next_;
      chain.current = next;
      next->source_.request_stop();
      next->Release();
    }
    stopping = outer;
  }

  static void* Exchange(void* chain) noexcept {
    return std::exchange(stopping, static_cast<Chain*>(chain));
  }

 private:
  // The state of a Stop() on this stack.
  struct Chain {
    const Stopper* current;
    Stopper* waiting;  // each holds a reference
  };
  static constinit thread_local Chain* stopping;

  std::stop_source source_;
  // Links those that wait: each in one list in its life, as a link has one
  // before it, which stops once.
  Stopper* next_ = nullptr;
};

constinit thread_local Stopper::Chain* Stopper::stopping = nullptr;

// How far a search for a token in a set goes.
constexpr std::size_t kLooks = 16;

// Orders tokens so that equal ones stand together if they consist of the same
// bytes; otherwise a set is only larger than necessary.
bool IsBefore(const std::stop_token& a, const std::stop_token& b) noexcept {
  return std::memcmp(static_cast<const void*>(&a), static_cast<const void*>(&b),
                     sizeof a) < 0;
}

class Link final : public CancellationLink {
 public:
  // `outer` may be null. `longest` is the length from which the set is made
  // anew.
  Link(Ref outer, std::stop_token token, std::size_t longest)
      : outer_(std::move(outer)), token_(std::move(token)), longest_(longest) {
    if (outer_.get() == nullptr) return;
    const Link& before = *Of(outer_);
    length_ = before.length_ + 1;
    stopper_ = StopperRef::Adopt(new Stopper);
    const Stopper* const by = before.stopper_.get();
    on_outer_.emplace(before.stop_token(), OnStop{stopper_, by});
    on_token_.emplace(token_, OnStop{stopper_, nullptr});
  }
  ~Link() = default;

  static const Link* Of(const Ref& ref) noexcept {
    return static_cast<const Link*>(ref.get());
  }

  const Link* outer() const noexcept { return Of(outer_); }
  const CancellationLink* TakeOuter() const noexcept { return outer_.Detach(); }
  const std::stop_token& token() const noexcept { return token_; }
  std::stop_token stop_token() const noexcept {
    return stopper_.get() == nullptr ? token_ : stopper_.get()->token();
  }
  std::size_t length() const noexcept { return length_; }
  std::size_t longest() const noexcept { return longest_; }

  bool Has(const std::stop_token& token) const noexcept {
    const Link* link = this;
    for (std::size_t i = 0; link != nullptr && i < kLooks; ++i) {
      if (link->token_ == token) return true;
      link = link->outer();
    }
    return false;
  }

  // Returns the same set with each token once, and without those that can no
  // longer be stopped. The set may get twice as long before this is done again,
  // so that a token that is added pays for a few.
  Ref MadeAnew() const {
    std::vector<std::stop_token> tokens;
    tokens.reserve(length_);
    for (const Link* link = this; link != nullptr; link = link->outer()) {
      if (link->token_.stop_possible()) tokens.push_back(link->token_);
    }
    std::sort(tokens.begin(), tokens.end(), IsBefore);
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    const std::size_t longest = std::max(kLooks, 2 * tokens.size());
    Ref set;
    for (std::stop_token& token : tokens) {
      set = Ref::Adopt(new Link(std::move(set), std::move(token), longest));
    }
    return set;
  }

 private:
  using StopperRef = base::Ref<Stopper>;

  struct OnStop {
    void operator()() const noexcept { stopper.get()->Stop(by); }
    StopperRef stopper;
    const Stopper* by;
  };

  mutable Ref outer_;
  const std::stop_token token_;
  std::size_t length_ = 1;
  const std::size_t longest_;
  StopperRef stopper_;  // null: the only token is used instead
  // Last members: they are gone before what they stop.
  std::optional<std::stop_callback<OnStop>> on_outer_;
  std::optional<std::stop_callback<OnStop>> on_token_;
};

}  // namespace

void* ExchangeCancelling(void* cancelling) noexcept {
  return Stopper::Exchange(cancelling);
}

void CancellationLink::Release() const noexcept {
  const CancellationLink* last = this;
  while (last != nullptr && last->DropRefs(1)) {
    const auto* const link = static_cast<const Link*>(last);
    last = link->TakeOuter();
    delete link;
  }
}

std::stop_token CancellationLink::stop_token() const noexcept {
  return static_cast<const Link*>(this)->stop_token();
}

CancellationLink::Ref CancellationLink::With(Ref set,
                                             const std::stop_token& token) {
  const Link* const had = Link::Of(set);
  if (!token.stop_possible() || (had != nullptr && had->Has(token))) return set;
  const std::size_t longest = had == nullptr ? kLooks : had->longest();
  Ref longer = Ref::Adopt(new Link(std::move(set), token, longest));
  if (Link::Of(longer)->length() <= longest) return longer;
  return Link::Of(longer)->MadeAnew();
}

CancellationLink::Ref CancellationLink::With(Ref set, Ref other) {
  const auto length = [](const Ref& ref) {
    return ref.get() == nullptr ? 0 : Link::Of(ref)->length();
  };
  if (length(set) < length(other)) std::swap(set, other);
  for (const Link* link = Link::Of(other); link != nullptr;
       link = link->outer()) {
    set = With(std::move(set), link->token());
  }
  return set;
}

}  // namespace weft::context_internal
