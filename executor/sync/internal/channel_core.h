// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a channel, those that wait for it and items on their way share.

#ifndef WEFT_EXECUTOR_SYNC_INTERNAL_CHANNEL_CORE_H_
#define WEFT_EXECUTOR_SYNC_INTERNAL_CHANNEL_CORE_H_

#include <cstddef>
#include <exception>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <source_location>
#include <utility>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "weft/base/ref.h"
#include "weft/base/sync/mutex.h"
#include "weft/executor/sync/channel_closed_error.h"
#include "weft/executor/sync/internal/wait_queue.h"
#include "weft/executor/sync/value_future.h"

namespace weft::executor_internal {

template <typename T>
class ChannelCore;

// What a receiver that has waited is handed: an item, or the news that there
// will be none. An item that is not taken goes back to the front.
template <typename T>
class Delivery {
 public:
  using Node = std::list<T>;  // of one item

  Delivery() = default;
  Delivery(base::Ref<ChannelCore<T>> core, Node node) noexcept
      : core_(std::move(core)), node_(std::move(node)) {}
  Delivery(Delivery&& other) noexcept
      : core_(std::move(other.core_)), node_(std::move(other.node_)) {
    other.node_.clear();
  }
  Delivery& operator=(Delivery&&) = delete;
  ~Delivery() {
    if (!node_.empty()) core_.get()->PutBack(std::move(node_));
  }

  std::optional<T> Take() && {
    if (node_.empty()) return std::nullopt;
    std::optional<T> item(std::move(node_.front()));
    node_.clear();
    return item;
  }

 private:
  base::Ref<ChannelCore<T>> core_;
  Node node_;
};

template <typename T>
struct HandOver<Delivery<T>> {
  using Value = std::optional<T>;
  static Value Take(Delivery<T>&& delivery) {
    return std::move(delivery).Take();
  }
};

std::exception_ptr ClosedError();

// Items are nodes of lists, which move without allocating: so an item can
// always go back. No lock is held while a promise is settled.
//
// Invariant: while receivers wait the channel is empty and no sender waits;
// while senders wait it is full.
//
// Thread-safe.
template <typename T>
class ChannelCore final : public base::RefCounted {
 public:
  using Node = typename Delivery<T>::Node;
  using Received = ValueFuture<std::optional<T>, Delivery<T>>;

  ChannelCore(std::shared_ptr<Engine> engine, std::size_t capacity) noexcept
      : engine_(std::move(engine)), capacity_(capacity) {}

  std::size_t capacity() const noexcept { return capacity_; }
  std::size_t size() const noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    return items_.size();
  }
  bool is_closed() const noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    return is_closed_;
  }

  ValueFuture<void> Send(T item, std::source_location where)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    Node node;
    node.push_back(std::move(item));
    if (Put(node)) return ValueFuture<void>(std::monostate());
    auto sender =
        SenderRef::Adopt(new Sender(*engine_, *this, std::move(node), where));
    Future<void> future = sender.get()->MakeFuture();
    // There may be room by now.
    ReceiverRef receiver;
    bool has_room = false;
    {
      const base::MutexLock lock(mutex_);
      if (is_closed_) std::rethrow_exception(ClosedError());
      receiver = receivers_.Pop();
      has_room = !receiver && items_.size() < capacity_;
      if (has_room) items_.splice(items_.end(), sender.get()->brought);
      if (!receiver && !has_room) {
        senders_.Push(std::move(sender));
        return ValueFuture<void>(std::move(future));
      }
    }
    if (receiver) HandTo(*receiver.get(), std::move(sender.get()->brought));
    sender.get()->SetValue();
    return ValueFuture<void>(std::move(future));
  }

  bool TrySend(T& item) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      const base::MutexLock lock(mutex_);
      if (is_closed_) std::rethrow_exception(ClosedError());
      if (receivers_.oldest() == nullptr && items_.size() >= capacity_) {
        return false;
      }
    }
    Node node;
    node.push_back(std::move(item));
    bool is_sent = false;
    std::exception_ptr closed;  // since then
    try {
      is_sent = Put(node);
    } catch (...) {
      closed = std::current_exception();
    }
    if (is_sent) return true;
    // Moves as the channel does: it need not be possible to assign a T.
    std::destroy_at(std::addressof(item));
    std::construct_at(std::addressof(item), std::move(node.front()));
    if (closed != nullptr) std::rethrow_exception(std::move(closed));
    return false;
  }

  Received Receive(std::source_location where) ABSL_LOCKS_EXCLUDED(mutex_) {
    bool is_over = false;
    if (Node node = Get(is_over); !node.empty() || is_over) {
      return Received(Unwrap(std::move(node)));
    }
    auto receiver =
        ReceiverRef::Adopt(new Receiver(*engine_, *this, {}, where));
    Future<Delivery<T>> future = receiver.get()->MakeFuture();
    Node node;
    SenderRef sender;
    {
      const base::MutexLock lock(mutex_);
      node = TakeOldest(sender);
      if (node.empty() && !is_closed_) {
        receivers_.Push(std::move(receiver));
        return Received(std::move(future));
      }
    }
    if (sender) sender.get()->SetValue();
    receiver.get()->SetValue(DeliveryOf(std::move(node)));
    return Received(std::move(future));
  }

  std::optional<T> TryReceive() ABSL_LOCKS_EXCLUDED(mutex_) {
    bool is_over = false;
    return Unwrap(Get(is_over));
  }

  bool Close() noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    bool was_closed = false;
    Receivers receivers;
    Senders senders;
    {
      const base::MutexLock lock(mutex_);
      was_closed = std::exchange(is_closed_, true);
      receivers = receivers_.TakeAll();
      senders = senders_.TakeAll();
    }
    while (const auto receiver = receivers.Pop()) {
      receiver.get()->SetValue(Delivery<T>());
    }
    while (const auto sender = senders.Pop()) {
      sender.get()->SetException(ClosedError());
    }
    return !was_closed;
  }

  // The channel is gone.
  void Abandon() noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    Receivers receivers;
    Senders senders;
    Node items;
    {
      const base::MutexLock lock(mutex_);
      is_closed_ = is_abandoned_ = true;
      receivers = receivers_.TakeAll();
      senders = senders_.TakeAll();
      items.swap(items_);
      items.splice(items.begin(), returned_);
    }
    while (const auto receiver = receivers.Pop()) receiver.get()->Break();
    while (const auto sender = senders.Pop()) sender.get()->Break();
  }

  void PutBack(Node node) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    ReceiverRef receiver;
    {
      const base::MutexLock lock(mutex_);
      if (is_abandoned_) return;  // the parameter dies when the lock is free
      if (is_putting_back_) {
        returned_.splice(returned_.begin(), node);
        return;
      }
      receiver = receivers_.Pop();
      if (!receiver) return items_.splice(items_.begin(), node);
      is_putting_back_ = true;
    }
    // The receiver may be gone too, and the item come back at once: here, and
    // not in a call inside of this one, however many there are.
    while (receiver) {
      HandTo(*receiver.get(), std::move(node));
      receiver = {};
      node.clear();
      const base::MutexLock lock(mutex_);
      if (!returned_.empty()) receiver = receivers_.Pop();
      if (receiver) {
        node.splice(node.begin(), returned_, returned_.begin());
      } else {
        is_putting_back_ = false;
        items_.splice(items_.begin(), returned_);
      }
    }
  }

  void Release() const noexcept {
    if (this->DropRefs(1)) delete this;
  }

 private:
  struct Nothing {};
  using Receiver = QueuedWaiter<Delivery<T>, ChannelCore, Nothing>;
  using Sender = QueuedWaiter<void, ChannelCore, Node>;
  using ReceiverRef = base::Ref<Receiver>;
  using SenderRef = base::Ref<Sender>;
  using Receivers = typename WaitQueue<Receiver>::Taken;
  using Senders = typename WaitQueue<Sender>::Taken;
  friend Receiver;
  friend Sender;

  ~ChannelCore() = default;

  static std::optional<T> Unwrap(Node node) {
    return Delivery<T>({}, std::move(node)).Take();
  }
  Delivery<T> DeliveryOf(Node node) noexcept {
    if (node.empty()) return {};
    return Delivery<T>(base::Ref<ChannelCore>::Share(this), std::move(node));
  }
  void HandTo(Receiver& receiver, Node node) noexcept {
    receiver.SetValue(DeliveryOf(std::move(node)));
  }

  // Returns false if there is no room.
  bool Put(Node& node) ABSL_LOCKS_EXCLUDED(mutex_) {
    ReceiverRef receiver;
    {
      const base::MutexLock lock(mutex_);
      if (is_closed_) std::rethrow_exception(ClosedError());
      receiver = receivers_.Pop();
      if (!receiver) {
        if (items_.size() >= capacity_) return false;
        items_.splice(items_.end(), node);
        return true;
      }
    }
    HandTo(*receiver.get(), std::move(node));
    return true;
  }

  // Returns the next item, or none; then `is_over` says whether there will be
  // one.
  Node Get(bool& is_over) ABSL_LOCKS_EXCLUDED(mutex_) {
    SenderRef sender;
    Node node;
    {
      const base::MutexLock lock(mutex_);
      node = TakeOldest(sender);
      is_over = is_closed_;
    }
    if (sender) sender.get()->SetValue();
    return node;
  }

  // The caller tells `sender`, if any, that its item has been sent.
  Node TakeOldest(SenderRef& sender) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Node node;
    if (!items_.empty()) {
      node.splice(node.begin(), items_, items_.begin());
      // More than the capacity may have gone back.
      if (items_.size() >= capacity_) return node;
    }
    sender = senders_.Pop();
    if (sender) {
      Node& room = node.empty() ? node : items_;
      room.splice(room.end(), sender.get()->brought);
    }
    return node;
  }

  void Leave(Receiver& receiver) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    ReceiverRef left;  // dies when the lock is free
    const base::MutexLock lock(mutex_);
    left = receivers_.Remove(receiver);
  }
  void Leave(Sender& sender) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    SenderRef left;  // dies when the lock is free
    const base::MutexLock lock(mutex_);
    left = senders_.Remove(sender);
  }

  const std::shared_ptr<Engine> engine_;
  const std::size_t capacity_;
  mutable base::Mutex mutex_;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_abandoned_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_putting_back_ ABSL_GUARDED_BY(mutex_) = false;  // one thread does
  Node returned_ ABSL_GUARDED_BY(mutex_);                 // for that one
  Node items_ ABSL_GUARDED_BY(mutex_);
  WaitQueue<Receiver> receivers_ ABSL_GUARDED_BY(mutex_);
  WaitQueue<Sender> senders_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_SYNC_INTERNAL_CHANNEL_CORE_H_
