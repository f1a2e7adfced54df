// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/onetbb/carried.h
// -----------------------------------------------------------------------------
//
// `Carried<T>` is a message of a flow graph together with the context of its
// sender. A graph passes messages between threads as values, so a context
// travels with them only if it is part of them.
//
// Example:
//
//   using Message = weft::tbb::Carried<std::string>;
//   tbb::flow::graph graph;
//   tbb::flow::function_node<Message, Message> parse(
//       graph, tbb::flow::unlimited,
//       weft::tbb::InMessageContext([&](const std::string& line) {
//         Log(*request_id.GetStore());  // the sender's
//         return Upper(line);
//       }));
//   request_id.Run(RequestId{42}, [&] { parse.try_put(Message("get /")); });
//
// A node that serves one flow only needs no such messages: bind its body where
// the node is made, with `ContextSnapshot::Bind()` or `AsyncResource::Bind()`.
// That is also the way for continue_node, whose messages are empty.
//
// To hooks a message is one resource, "TBB_MESSAGE", on its whole way. Init
// comes where it is made, before and after around each node, and destroy when
// the last copy, and the last result made of it, is gone.

#ifndef WEFT_ADAPTERS_ONETBB_CARRIED_H_
#define WEFT_ADAPTERS_ONETBB_CARRIED_H_

#include <concepts>
#include <memory>
#include <source_location>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "weft/hooks/async_resource.h"

namespace weft::tbb {

// Carried
//
// A value together with the flow in which it was made. Copies share the flow.
//
// Thread-safety: thread-compatible; copies may be run on several threads at
//   once.
// Cost: two allocations where it is made; a shared count for a copy, and three
//   for a node.
template <typename T>
class Carried {
 public:
  using value_type = T;

  // Makes no message, which oneTBB's buffers hold where there is none. It has
  // no flow, so `Run()` and `With()` throw std::logic_error.
  Carried()
    requires std::default_initializable<T>
  = default;
  // Makes a message of the calling flow.
  explicit Carried(T value,
                   std::source_location where = std::source_location::current())
      : flow_(std::make_shared<const AsyncResource>(
            "TBB_MESSAGE", AsyncResourceOptions{}, where)),
        value_(std::move(value)) {}

  const T& value() const noexcept { return value_; }
  T& value() noexcept { return value_; }

  // Calls `fn(args...)` in the context of the message, as its resource, and
  // returns the result. What `fn` enters ends with it.
  template <typename Fn, typename... Args>
    requires std::invocable<Fn, Args...>
  decltype(auto) Run(Fn&& fn, Args&&... args) const {
    return flow().RunInAsyncScope(std::forward<Fn>(fn),
                                  std::forward<Args>(args)...);
  }

  // Returns another value of the same flow, as a node makes of a message.
  template <typename U>
  Carried<std::decay_t<U>> With(U&& value) const {
    flow();
    return Carried<std::decay_t<U>>(flow_, std::forward<U>(value));
  }

 private:
  template <typename>
  friend class Carried;

  Carried(std::shared_ptr<const AsyncResource> flow, T value)
      : flow_(std::move(flow)), value_(std::move(value)) {}

  const AsyncResource& flow() const {
    if (flow_ == nullptr) {
      throw std::logic_error("Carried: the message was made without a flow");
    }
    return *flow_;
  }

  std::shared_ptr<const AsyncResource> flow_;
  T value_{};
};

// InMessageContext
//
// Makes a node's body of a function of plain values. The body runs the function
// in the context of each message, and sends its result on in that same context.
// Further arguments, such as the ports of a multifunction_node, are passed on;
// messages that are put there must be made with `Carried<U>(value)` inside the
// function.
template <typename Fn>
class InMessageContext {
 public:
  explicit InMessageContext(Fn fn) : fn_(std::move(fn)) {}

  template <typename T, typename... Args>
    requires std::invocable<const Fn&, const T&, Args...>
  auto operator()(const Carried<T>& message, Args&&... args) const {
    using Result = std::invoke_result_t<const Fn&, const T&, Args...>;
    if constexpr (std::is_void_v<Result>) {
      message.Run(fn_, message.value(), std::forward<Args>(args)...);
    } else {
      return message.With(
          message.Run(fn_, message.value(), std::forward<Args>(args)...));
    }
  }

 private:
  Fn fn_;
};

}  // namespace weft::tbb

#endif  // WEFT_ADAPTERS_ONETBB_CARRIED_H_
