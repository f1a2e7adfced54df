// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/sync/channel.h
// -----------------------------------------------------------------------------
//
// `Channel<T>` passes items from any number of senders to any number of
// receivers, in order, and makes senders wait when it is full. Coroutines that
// wait block no thread; threads may wait too.
//
// Example:
//
//   weft::Channel<Page> pages(executor, 16);
//
//   weft::Task<> Fetch(std::vector<Url> urls) {
//     for (const Url& url : urls) co_await pages.Send(co_await Get(url));
//     pages.Close();
//   }
//   weft::Task<> Index() {
//     while (std::optional<Page> page = co_await pages.Receive()) Add(*page);
//   }
//
// Counterparts: Go's channels, `tokio::sync::mpsc`, Kotlin's `Channel`. Node
// has none; a stream comes near.

#ifndef WEFT_EXECUTOR_SYNC_CHANNEL_H_
#define WEFT_EXECUTOR_SYNC_CHANNEL_H_

#include <cstddef>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "weft/base/ref.h"
#include "weft/executor/executor.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/sync/internal/channel_core.h"
#include "weft/executor/sync/value_future.h"

namespace weft {

// Channel
//
// A queue of at most `capacity` items; with a capacity of 0 each sender waits
// until a receiver takes its item. Items, senders and receivers each come first
// in, first out. `Close()` ends it: nothing more can be sent, what is in it can
// still be received, and receivers get nothing after that.
//
// A coroutine that waits goes on as a task of the channel's executor, in its
// own context, so a receiver runs in the context of the receiver, not of the
// sender. If it is cancelled or late it goes on at once, and leaves the queue.
// No item is lost by that: one that was about to be sent dies with its sender,
// and one that was handed to a receiver, which gave up at that moment, is the
// next to be received. An item may have been sent, and received, though its
// sender was cancelled while it waited to be told.
//
// To hooks a wait is a resource of type "PROMISE", resolved by the other side.
// What need not wait is no resource.
//
// Thread-safety: thread-safe, except for destruction.
// Memory ordering: what a sender did before it sent happens before what the
//   receiver of that item does; what a receiver did before it made room happens
//   before what the sender that waited for it does.
// Lifetime: items that are in the channel when it is destroyed die on that
//   thread; those that wait then get a BrokenPromiseError.
// Cost: one short lock of a mutex, under which no code of the program runs but
//   the move of an item; one allocation for each item; a wait costs what a
//   `Promise` does.
// Errors: ChannelClosedError.
template <typename T>
class Channel {
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "Channel<T>: moving a T must not throw, or an item could be "
                "lost; let the channel pass a std::unique_ptr<T>");
  using Core = executor_internal::ChannelCore<T>;

 public:
  // Makes a channel whose waiters go on as tasks of `executor`.
  Channel(Executor& executor, std::size_t capacity)
      : core_(base::Ref<Core>::Adopt(
            new Core(executor_internal::ShareEngine(
                         executor_internal::EngineOf::Get(executor)),
                     capacity))) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() { core_.get()->Abandon(); }

  // Channel::Send()
  //
  // Sends `item`, when there is room for it. Throws ChannelClosedError if the
  // channel is closed, also if that happens while it waits; then the item is
  // gone.
  ValueFuture<void> Send(
      T item, std::source_location where = std::source_location::current()) {
    return core_.get()->Send(std::move(item), where);
  }

  // Channel::TrySend()
  //
  // Sends `item` and returns true if there is room for it; else returns false
  // and leaves it as it is. Throws ChannelClosedError, and leaves it too.
  bool TrySend(T& item) { return core_.get()->TrySend(item); }
  bool TrySend(T&& item) { return TrySend(item); }

  // Channel::Receive()
  //
  // Receives the next item, when there is one; nothing when the channel is
  // closed and empty. If an item is there it is taken out by the call, and lost
  // if what this returns is dropped.
  ValueFuture<std::optional<T>, executor_internal::Delivery<T>> Receive(
      std::source_location where = std::source_location::current()) {
    return core_.get()->Receive(where);
  }

  // Returns the next item if there is one now.
  std::optional<T> TryReceive() { return core_.get()->TryReceive(); }

  // Channel::Close()
  //
  // Ends the channel: senders that wait get a ChannelClosedError, receivers
  // that wait, nothing. Returns false if it was closed.
  bool Close() noexcept { return core_.get()->Close(); }

  // True once it has been closed.
  bool is_closed() const noexcept { return core_.get()->is_closed(); }
  // Returns how many items it holds, for statistics.
  std::size_t size() const noexcept { return core_.get()->size(); }
  std::size_t capacity() const noexcept { return core_.get()->capacity(); }

 private:
  const base::Ref<Core> core_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SYNC_CHANNEL_H_
