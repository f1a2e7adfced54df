// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The queue of submitted jobs: any thread adds to one end, workers take from
// the other, oldest first, several at a time.
//
// The list is D. Vyukov's intrusive queue of many producers and one consumer
// ("Intrusive MPSC node-based queue", 1024cores.net, 2010): adding is one
// exchange, never a loop, and allocates nothing. A lock that workers only try
// makes sure that there is one consumer at a time.
//
// Edges; the orders are named in InboxOrders, so that tests can weaken each:
//   [I1] Push()'s store of a node's `next` <-> Take()'s load of it: the job
//        that is reached by it is complete. Breaks if weakened: a worker runs a
//        job half written.
//   [I2] Push()'s exchange of `tail_`, seq_cst <-> LooksEmpty()'s load of it:
//        together with the sleeper's own announcement a submitter and a worker
//        that goes to sleep cannot miss each other, see sleep_gate.h. Also
//        acq_rel among producers: each links behind a node whose `next` it sees
//        cleared. And a thread that sees the stub back at the tail sees in
//        `head_` that something stands before it, if that is so. Breaks if
//        weakened below acq_rel and acquire, which the fences of [G1] allow: a
//        job is lost, or waits while workers sleep.
//   [I3] `lock_`: taken with acquire, released with release: each consumer sees
//        `head_` and the stub's link as the last one left them. Tests:
//        InboxTest (TSan), tests/model/inbox_model.cc (many executions, and
//        that each weaker order is caught).

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_INBOX_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_INBOX_H_

#include <cstddef>
#include <thread>

#include "weft/base/sync/sync.h"

namespace weft::executor_internal {

struct InboxOrders {
  // [I1]
  static constexpr std::memory_order kLink = std::memory_order_release;
  // [I1]
  static constexpr std::memory_order kFollow = std::memory_order_acquire;
  // [I2]
  static constexpr std::memory_order kAppend = std::memory_order_seq_cst;
  // [I2]
  static constexpr std::memory_order kLook = std::memory_order_seq_cst;
  // [I3]
  static constexpr std::memory_order kLock = std::memory_order_acquire;
  // [I3]
  static constexpr std::memory_order kUnlock = std::memory_order_release;
};

// The base class of what an inbox holds. A node is in one inbox at a time.
template <typename Sync = base::StdSync>
struct InboxNode {
  typename Sync::template Atomic<InboxNode*> next{nullptr};
};

// Thread-safe.
template <typename Sync = base::StdSync, typename Orders = InboxOrders>
class Inbox {
 public:
  using Node = InboxNode<Sync>;

  Inbox() noexcept : tail_(&stub_), head_(&stub_) {}
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  void Push(Node& node) noexcept {
    // relaxed: no other thread has the node.
    node.next.store(nullptr, std::memory_order_relaxed);
    Node* const previous = tail_.exchange(&node, Orders::kAppend);  // [I2]
    previous->next.store(&node, Orders::kLink);                     // [I1]
  }

  // Takes up to `max` of the oldest; returns how many. Returns 0 also if
  // another consumer is here, or if a producer is between its two steps.
  std::size_t Take(Node** out, std::size_t max) noexcept {
    if (LooksEmpty() || !TryLock()) return 0;
    std::size_t count = 0;
    // relaxed: `head_` changes under the lock only.
    Node* head = head_.load(std::memory_order_relaxed);
    while (count < max) {
      Node* next = head->next.load(Orders::kFollow);  // [I1]
      if (head == &stub_) {
        if (next == nullptr) break;
        head = next;
        continue;
      }
      if (next == nullptr) {
        // The last node can be taken once the stub stands behind it.
        if (tail_.load(Orders::kLook) != head) break;  // [I2]
        // relaxed: Push() publishes it: a thread that sees the stub at the tail
        // sees that it is not alone, though another producer may come between.
        head_.store(head, std::memory_order_relaxed);
        Push(stub_);
        next = head->next.load(Orders::kFollow);  // [I1]
        if (next == nullptr) break;  // another producer came between
      }
      out[count++] = head;
      head = next;
    }
    // relaxed: `head_` changes under the lock only.
    head_.store(head, std::memory_order_relaxed);
    Unlock();
    return count;
  }

  // Counts the nodes, up to `max`, and is a consumer meanwhile; for tools.
  // Those behind a node whose producer is between its two steps are not
  // counted.
  std::size_t Count(std::size_t max) const noexcept {
    if (LooksEmpty()) return 0;
    while (!TryLock()) {
      if (LooksEmpty()) return 0;
      std::this_thread::yield();
    }
    std::size_t count = 0;
    // relaxed: `head_` changes under the lock only.
    const Node* node = head_.load(std::memory_order_relaxed);
    while (node != nullptr && count < max) {
      if (node != &stub_) ++count;
      node = node->next.load(Orders::kFollow);  // [I1]
    }
    Unlock();
    return count;
  }

  // False if the inbox holds a node, or is about to. [I2]
  bool LooksEmpty() const noexcept {
    // relaxed: `head_` differs from the stub only while nodes are left that the
    // consumer who set it knows of.
    return tail_.load(Orders::kLook) == &stub_ &&
           head_.load(std::memory_order_relaxed) == &stub_;
  }

 private:
  bool TryLock() const noexcept {
    // relaxed: spares the exchange where another consumer is at work.
    return !lock_.load(std::memory_order_relaxed) &&
           !lock_.exchange(true, Orders::kLock);  // [I3]
  }
  void Unlock() const noexcept { lock_.store(false, Orders::kUnlock); }  // [I3]

  // The producers' cache line.
  alignas(64) typename Sync::template Atomic<Node*> tail_;
  // The consumers' cache line.
  alignas(64) typename Sync::template Atomic<Node*> head_;
  mutable typename Sync::template Atomic<bool> lock_{false};
  Node stub_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_INBOX_H_
