// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A request context in the style of folly's: a shared map of data, each told
// when the map comes to a thread and leaves it. A task holds the map of its
// maker; a guard installs it and puts the other back.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PEERS_REQUEST_CONTEXT_H_
#define WEFT_BENCHMARKS_WORKLOADS_PEERS_REQUEST_CONTEXT_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "weft/benchmarks/workloads/peers/tbb_pool.h"

namespace weft::benchmarks {

class RequestData {
 public:
  virtual ~RequestData() = default;
  virtual void OnSet() = 0;
  virtual void OnUnset() = 0;
};

class RequestContext {
 public:
  using Pointer = std::shared_ptr<RequestContext>;

  // Returns a function that calls `fn()` in the current context.
  template <typename Fn>
  static auto Task(Fn fn) {
    return [context = current_, fn = std::move(fn)] {
      const Guard guard(context);
      fn();
    };
  }

  // Calls `fn()` in a context with one piece of data; returns its result.
  template <typename Fn>
  static auto Run(const Fn& fn) {
    const Guard guard(WithData());
    return fn();
  }

 private:
  class Guard {
   public:
    explicit Guard(Pointer context) : outer_(Set(std::move(context))) {}
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { Set(std::move(outer_)); }

   private:
    Pointer outer_;
  };

  static Pointer WithData();
  // Makes `context` current and returns what was. Data is told if they differ.
  static Pointer Set(Pointer context);

  std::map<std::string, std::shared_ptr<RequestData>> data_;

  static inline constinit thread_local Pointer current_;
};

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_WORKLOADS_PEERS_REQUEST_CONTEXT_H_
