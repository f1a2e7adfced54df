// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Who may ask for the next item of a section, of a source or of what others
// have delivered, and when another task is called to do so.

#ifndef WEFT_PIPELINES_INTERNAL_SOURCE_GATE_H_
#define WEFT_PIPELINES_INTERNAL_SOURCE_GATE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "weft/base/language.h"

namespace weft::pipelines_internal {

// Counts the tokens that are taken, lets one task at a time in to ask, and has
// at most one task called, that has neither been let in nor given up. So one
// task at most waits here beside those that work, however many threads have
// nothing to do, and none is woken as long as it does.
//
// While there is a free token and the source has not ended, a task asks, is
// called, or will come here before it ends: so no item has to wait for the end
// of another one. A task that finds no free token, or another asking, may end:
// in the first case each token has an item, whose end comes here; in the
// second, who leaves finds the token free, and nobody called, and calls.
//
// Edges:
//   [Q2] all changes are read-modify-writes of `word_`, acq_rel: what the
//   source
//        did happens before it is asked again, and the end of an item before
//        its token is taken again. Each decision is made of the value that is
//        replaced, so who gives up and who leaves see each other. Breaks if
//        weakened: two calls of the source race. Test: PipelineTest (TSan).
//
// Thread-safe.
class alignas(64) SourceGate {
 public:
  // Says whether the caller has a token, or is the task that was called, which
  // has none.
  enum class Token { kNone, kHeld, kCalled };

  explicit SourceGate(std::size_t tokens) noexcept : tokens_(tokens) {}
  SourceGate(const SourceGate&) = delete;
  SourceGate& operator=(const SourceGate&) = delete;

  // Lets the caller in, with a token, its own if it has one. Otherwise the
  // caller's token is free: the source has ended, or there is no token, or
  // another asks, also after some microseconds. In either case it is called no
  // more.
  bool Enter(Token token) noexcept;

  // Ends what Enter() began, with an item, which keeps the token. Returns true
  // if the caller is to call a task, as there is another token.
  [[nodiscard]] bool LeaveWithItem() noexcept;
  // The same where there is no item yet; the token is free. A lock that
  // delivering takes too must make it happen before what is delivered next.
  void LeaveWithNothing() noexcept;
  // The same when the source has no more items; the token is free.
  void LeaveAtEnd() noexcept;

  // Frees the caller's token, if it has one; it is called no more. Returns true
  // if the caller is to call a task. Without either it tells that something has
  // been delivered.
  [[nodiscard]] bool Free(Token token) noexcept;

  // Lets nobody in any more.
  void Close() noexcept {
    // [Q2]
    word_.fetch_or(kEnded, std::memory_order_acq_rel);
  }

 private:
  static constexpr std::uint64_t kAsked = 1;   // somebody is in
  static constexpr std::uint64_t kCalled = 2;  // a task
  static constexpr std::uint64_t kEnded = 4;
  static constexpr std::uint64_t kOne = 8;  // of the tokens that are taken

  // Returns what the caller's part of the word is.
  static std::uint64_t PartOf(Token token) noexcept {
    return token == Token::kHeld ? kOne : token == Token::kCalled ? kCalled : 0;
  }
  bool HasFree(std::uint64_t word) const noexcept {
    return word / kOne < tokens_;
  }
  // Returns `word`, with a task called if there is a reason.
  std::uint64_t Calling(std::uint64_t word) const noexcept {
    return (word & (kAsked | kEnded)) == 0 && HasFree(word) ? word | kCalled
                                                            : word;
  }
  // Replaces the word by what `next` makes of it without `part`; returns true
  // if that has called a task.
  template <typename Next>
  bool Change(std::uint64_t part, const Next& next) noexcept;

  const std::size_t tokens_;
  std::atomic<std::uint64_t> word_{0};
};

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_SOURCE_GATE_H_
