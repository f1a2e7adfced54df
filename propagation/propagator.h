// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// propagation/propagator.h
// -----------------------------------------------------------------------------
//
// A `Propagator` takes the context of a flow across a process boundary: the
// trace, the baggage, the time that is left, and the storages that were added
// to it. What was not added never leaves the process.
//
// Example:
//
//   const weft::Propagator propagator;
//
//   // The client, in the flow of a request:
//   propagator.Inject(weft::MapWriter(headers));
//
//   // The server:
//   const weft::Extracted extracted =
//       propagator.Extract(weft::MapReader(headers), weft::Trust::kContinue);
//   extracted.Run([&] { Handle(message); });

#ifndef WEFT_PROPAGATION_PROPAGATOR_H_
#define WEFT_PROPAGATION_PROPAGATOR_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/deadline.h"
#include "weft/propagation/carrier.h"
#include "weft/propagation/dropped.h"
#include "weft/propagation/trace_context.h"
#include "weft/propagation/travels.h"

namespace weft {

// Trust
//
// What a receiver takes of what a sender says. It is for the receiver to know
// who the sender is: nothing that arrives can tell.
enum class Trust {
  // Takes all, and continues the sender's trace. It is for callers of one's
  // own.
  kContinue,
  // Takes all but the trace: a new one begins, and the sender's is kept as its
  // link (`TraceContext::LinkStorage()`). It is for work that outlives its
  // request, and for callers who may not decide what is sampled.
  kLink,
  // Takes nothing; a new trace begins. It is for strangers.
  kIgnore,
};

// Extracted
//
// A context that has arrived.
//
// Thread-safety: thread-compatible.
// Lifetime: it keeps its stores; the carrier may go.
class Extracted {
 public:
  // Extracted::Run()
  //
  // Calls `fn(args...)` in the context that has arrived, and returns its
  // result. `ContextSnapshot::Run()` says more.
  template <typename Fn, typename... Args>
    requires std::is_invocable_v<Fn, Args...>
  decltype(auto) Run(Fn&& fn, Args&&... args) const {
    return context_.Run(std::forward<Fn>(fn), std::forward<Args>(args)...);
  }

  // Returns the context, for later: it is that of the call of `Extract()`, with
  // what has arrived.
  const ContextSnapshot& context() const noexcept { return context_; }
  // Returns what has arrived and was not taken, as it was malformed or beyond a
  // limit. What `Trust` leaves out does not count.
  const Dropped& dropped() const noexcept { return dropped_; }

 private:
  friend class Propagator;

  Extracted() = default;

  ContextSnapshot context_;
  Dropped dropped_;
};

// Propagator
//
// Which storages travel, and under which names. A program has one, or one for
// each kind of peer.
//
// Thread-safety: thread-compatible: add all storages, then use it on any
//   thread.
// Lifetime: the storages must outlive it.
// Cost: `Inject()` and `Extract()` allocate for what there is and no more: some
//   ten allocations for a trace. What is too long is dropped before it is
//   copied or parsed.
class Propagator {
 public:
  // The field with the time that is left, in whole milliseconds, rounded down.
  //
  // Clocks: both sides measure with their own steady clock, and never compare
  // them. The sender tells what is left when it injects; the receiver counts
  // from when it extracts. So the time on the way is not subtracted; to allow
  // for it, inject in a `DeadlineScope` that is shorter by as much.
  static constexpr std::string_view kTimeLeftField = "request-timeout-ms";

  // Makes one that takes trace, baggage and deadline along.
  Propagator();
  Propagator(const Propagator&) = delete;
  Propagator& operator=(const Propagator&) = delete;
  ~Propagator();

  // Propagator::Add()
  //
  // Has the stores of `storage` travel too. Throws std::invalid_argument, which
  // names it, if the name is not allowed (travels.h) or taken, a function is
  // missing, or the limit is 0.
  template <typename T>
  void Add(const AsyncLocalStorage<T>& storage,
           std::type_identity_t<Travels<T>> travels) {
    std::string name = travels.name;
    const bool is_complete = travels.encode != nullptr &&
                             travels.decode != nullptr && travels.limit > 0;
    AddTraveller(std::move(name), travels.limit, is_complete,
                 std::make_unique<StorageTraveller<T>>(storage, travels));
  }

  // Propagator::Inject()
  //
  // Writes the calling flow's context into the carrier: `traceparent`,
  // `tracestate`, `baggage`, the time left, and a field for each storage that
  // has a store. Removes those of the fields for which there is nothing, so a
  // message that is sent again bears nothing of an earlier flow. Returns what
  // it could not write. Throws std::bad_alloc, and what the carrier and the
  // storages' functions throw, with some of the fields written.
  Dropped Inject(FieldWriter& fields) const;
  Dropped Inject(FieldWriter&& fields) const { return Inject(fields); }

  // Propagator::Extract()
  //
  // Returns the calling flow's context with what the carrier has. It always has
  // a trace: one span further than the sender's, or a new one if none came,
  // `traceparent` was malformed or came more than once, or `trust` says so. A
  // deadline is the earlier of the sender's and the flow's own. Baggage, and a
  // storage that was added and is bound in the calling flow, read as none if
  // nothing came: nothing of another request shows. Throws std::bad_alloc, and
  // what the storages' functions throw.
  Extracted Extract(const FieldReader& fields, Trust trust) const;

 private:
  class Traveller {
   public:
    virtual ~Traveller() = default;
    // Returns false if there is no store.
    virtual bool Encode(std::string& text) const = 0;
    // Enters the store of the text. Returns false if it is malformed.
    virtual bool Enter(std::string_view text) const = 0;
    virtual void EnterNone() const = 0;
  };

  template <typename T>
  class StorageTraveller final : public Traveller {
   public:
    StorageTraveller(const AsyncLocalStorage<T>& storage,
                     const Travels<T>& travels) noexcept
        : storage_(storage), encode_(travels.encode), decode_(travels.decode) {}

    bool Encode(std::string& text) const override {
      const T* const store = storage_.GetStore();
      if (store == nullptr) return false;
      text = encode_(*store);
      return true;
    }
    bool Enter(std::string_view text) const override {
      std::optional<T> store = decode_(text);
      if (!store) return false;
      storage_.EnterWith(std::move(store));
      return true;
    }
    void EnterNone() const override {
      if (storage_.IsBound()) storage_.EnterWith(std::nullopt);
    }

   private:
    const AsyncLocalStorage<T>& storage_;
    std::string (*const encode_)(const T&);
    std::optional<T> (*const decode_)(std::string_view);
  };

  struct Field {
    std::string name;
    std::size_t limit;
    std::unique_ptr<const Traveller> traveller;
  };

  void AddTraveller(std::string name, std::size_t limit, bool is_complete,
                    std::unique_ptr<const Traveller> traveller);

  // Each enters what has arrived, in the calling flow.
  static void EnterTrace(const FieldReader& fields, Trust trust,
                         Dropped& dropped);
  static void EnterBaggage(const FieldReader& fields, Trust trust,
                           Dropped& dropped);
  void EnterStores(const FieldReader& fields, Trust trust,
                   Dropped& dropped) const;

  std::vector<Field> fields_;
};

}  // namespace weft

#endif  // WEFT_PROPAGATION_PROPAGATOR_H_
