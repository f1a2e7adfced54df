// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/asio/keep_context.h
// -----------------------------------------------------------------------------
//
// `KeepContext()` makes the completion handler of an asynchronous operation of
// Boost.Asio run in the context in which the operation was initiated, whatever
// executor calls it.
//
// Example:
//
//   request_id.Run(RequestId{42}, [&] {
//     timer.async_wait(weft::asio::KeepContext([](auto) {
//       Log(*request_id.GetStore());  // logs 42
//     }));
//   });

#ifndef WEFT_ADAPTERS_ASIO_KEEP_CONTEXT_H_
#define WEFT_ADAPTERS_ASIO_KEEP_CONTEXT_H_

#include <source_location>
#include <type_traits>
#include <utility>

#include "boost/asio/associated_allocator.hpp"
#include "boost/asio/associated_executor.hpp"
#include "boost/asio/async_result.hpp"
#include "weft/adapters/internal/carried_function.h"

namespace weft::asio {

// The completion token that `KeepContext()` returns.
template <typename Token>
struct ContextKeeper {
  Token token;
  std::source_location where;
};

// KeepContext
//
// Returns a token whose handler runs in the context of the initiation. `token`
// is a handler or any other completion token: use_future, use_awaitable,
// bind_executor(...). Executor and allocator of its handler stay what they are.
// Put `KeepContext()` outermost: KeepContext(bind_executor(strand, handler)).
//
// Hook events: the handler is a resource of type "ASIO_HANDLER". Init comes at
//   the initiation, with the initiator as the trigger; before and after around
//   its call; destroy after it, or when it is dropped uncalled.
// Lifetime: the handler is destroyed in its context, at the end of its call.
// Cost: two allocations for each operation.
template <typename Token>
ContextKeeper<std::decay_t<Token>> KeepContext(
    Token&& token,
    std::source_location where = std::source_location::current()) {
  return {std::forward<Token>(token), where};
}

}  // namespace weft::asio

namespace boost::asio {

template <typename Token, typename Signature>
class async_result<weft::asio::ContextKeeper<Token>, Signature> {
 public:
  template <typename Initiation, typename Keeper, typename... Args>
  static auto initiate(Initiation&& initiation, Keeper&& keeper,
                       Args&&... args) {
    return async_initiate<Token, Signature>(
        [initiation = std::forward<Initiation>(initiation),
         where = keeper.where](auto&& handler, auto&&... values) mutable {
          std::move(initiation)(weft::adapters_internal::Carry(
                                    std::forward<decltype(handler)>(handler),
                                    "ASIO_HANDLER", where),
                                std::forward<decltype(values)>(values)...);
        },
        keeper.token, std::forward<Args>(args)...);
  }
};

template <typename Fn, typename Executor>
struct associated_executor<weft::adapters_internal::CarriedFunction<Fn>,
                           Executor> {
  using type = typename associated_executor<Fn, Executor>::type;
  static type get(const weft::adapters_internal::CarriedFunction<Fn>& carried,
                  const Executor& executor = Executor()) noexcept {
    return associated_executor<Fn, Executor>::get(carried.function(), executor);
  }
};

template <typename Fn, typename Allocator>
struct associated_allocator<weft::adapters_internal::CarriedFunction<Fn>,
                            Allocator> {
  using type = typename associated_allocator<Fn, Allocator>::type;
  static type get(const weft::adapters_internal::CarriedFunction<Fn>& carried,
                  const Allocator& allocator = Allocator()) noexcept {
    return associated_allocator<Fn, Allocator>::get(carried.function(),
                                                    allocator);
  }
};

}  // namespace boost::asio

#endif  // WEFT_ADAPTERS_ASIO_KEEP_CONTEXT_H_
