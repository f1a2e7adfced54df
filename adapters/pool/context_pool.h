// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/pool/context_pool.h
// -----------------------------------------------------------------------------
//
// `ContextPool` makes any pool context-aware that has a function like `post()`.
// A function that is posted through it runs in the context of its posting,
// under an id of its own, and is reported to hooks.
//
// Example:
//
//   boost::asio::thread_pool threads(4);
//   const weft::ContextPool pool(
//       [&](auto fn) { boost::asio::post(threads, std::move(fn)); });
//
//   request_id.Run(RequestId{42}, [&] {
//     pool.Post([] { Log(*request_id.GetStore()); });  // logs 42
//   });

#ifndef WEFT_ADAPTERS_POOL_CONTEXT_POOL_H_
#define WEFT_ADAPTERS_POOL_CONTEXT_POOL_H_

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weft/adapters/internal/carried_function.h"

namespace weft {

// ContextPool
//
// A wrapper of a pool. `PostFunction` is called, as a constant, with a function
// object that takes no arguments, is copyable, and is to be called once;
// `Post()` returns what it returns.
//
// Hook events: init comes in `Post()`, with the poster as the trigger; before
//   and after around the run; destroy after it, or when the pool drops the
//   function unrun.
// Thread-safety: that of `PostFunction`.
// Lifetime: it holds `PostFunction`, not the pool; posted functions may outlive
// it.
// Cost: two allocations for each function, and some shared counts.
// Errors: an exception of `PostFunction` comes out of `Post()`, and the
//   function is dropped; an exception of the function goes to the pool. A pool
//   that calls a function twice gets a std::logic_error.
template <typename PostFunction>
class ContextPool {
 public:
  // Makes a wrapper. `type` is the type that hooks are told. Throws
  // std::invalid_argument if it is empty.
  explicit ContextPool(PostFunction post, std::string_view type = "POOL_TASK")
      : post_(std::move(post)), type_(type) {
    if (type_.empty()) {
      throw std::invalid_argument(
          "ContextPool: type is empty; give it a name, such as \"POOL_TASK\"");
    }
  }

  // Posts `fn` to the pool. The function and its captures are destroyed inside
  // its context, before after.
  template <typename Fn>
    requires std::is_invocable_v<std::decay_t<Fn>>
  decltype(auto) Post(Fn&& fn, std::source_location where =
                                   std::source_location::current()) const {
    return post_(adapters_internal::Carry(std::forward<Fn>(fn), type_, where));
  }

 private:
  const PostFunction post_;
  const std::string type_;
};

}  // namespace weft

#endif  // WEFT_ADAPTERS_POOL_CONTEXT_POOL_H_
