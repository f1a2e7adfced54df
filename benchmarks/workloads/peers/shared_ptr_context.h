// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Context as it is carried by hand: each task holds a shared pointer to the
// context of its maker, and installs it on the thread that runs it.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PEERS_SHARED_PTR_CONTEXT_H_
#define WEFT_BENCHMARKS_WORKLOADS_PEERS_SHARED_PTR_CONTEXT_H_

#include <memory>
#include <utility>

#include "weft/benchmarks/workloads/peers/tbb_pool.h"

namespace weft::benchmarks {

class SharedPtrContext {
 public:
  using Pointer = std::shared_ptr<const int>;

  // Returns a function that calls `fn()` in the current context.
  template <typename Fn>
  static auto Task(Fn fn) {
    return [context = current_, fn = std::move(fn)] {
      const Scope scope(context);
      fn();
    };
  }

  // Calls `fn()` in a context and returns its result.
  template <typename Fn>
  static auto Run(const Fn& fn) {
    const Scope scope(std::make_shared<const int>(1));
    return fn();
  }

 private:
  class Scope {
   public:
    explicit Scope(Pointer context)
        : outer_(std::exchange(current_, std::move(context))) {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { current_ = std::move(outer_); }

   private:
    Pointer outer_;
  };

  static inline constinit thread_local Pointer current_;
};

using SharedPtrForks = WrappedTbbForks<SharedPtrContext>;

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_WORKLOADS_PEERS_SHARED_PTR_CONTEXT_H_
