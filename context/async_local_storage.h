// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// context/async_local_storage.h
// -----------------------------------------------------------------------------
//
// `AsyncLocalStorage<T>` gives each flow of work a value of `T` of its own. The
// value follows the work, not the thread: a task sees the store that was
// current where it was submitted, on whichever worker it runs.
//
// Example:
//
//   const weft::AsyncLocalStorage<RequestId> request_id;
//
//   request_id.Run(RequestId{42}, [&] {
//     executor.Post([&] { Log(*request_id.GetStore()); });  // logs 42
//   });
//
// In a flow a storage is in one of three states. It has a store, which
// `GetStore()` shows. Or it was given *none*, by `Exit()` or with
// `std::nullopt` as the store; then `GetStore()` is null even if there is a
// default value. Or it was given nothing; then `GetStore()` shows the default
// value, or null if the storage has none.
//
// Node counterpart: `AsyncLocalStorage`.

#ifndef WEFT_CONTEXT_ASYNC_LOCAL_STORAGE_H_
#define WEFT_CONTEXT_ASYNC_LOCAL_STORAGE_H_

#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "weft/context/context_snapshot.h"
#include "weft/context/inheritance.h"
#include "weft/context/internal/binding.h"
#include "weft/context/internal/bound_store.h"
#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/storage_slot.h"
#include "weft/context/label.h"
#include "weft/context/storage_scope.h"

namespace weft {

// AsyncLocalStorageOptions
//
// The options of an `AsyncLocalStorage`.
template <typename T>
struct AsyncLocalStorageOptions {
  // The name that diagnostics show. It need not be unique.
  std::string name = {};
  // The value that `GetStore()` shows where nothing is stored.
  std::optional<T> default_value = {};
  // The rule that says which store a task inherits.
  Inheritance<T> inheritance = {};
  // Who may see the stores besides the program's own code, such as logs, and in
  // which form (label.h). By default nobody. A storage that somebody may see
  // needs a name.
  Label<T> label = {};
};

// AsyncLocalStorage
//
// A storage that has a value of its own in each flow. `T` is any movable type.
// Stores are immutable once given; mutable state of a request is an
// `AsyncLocalStorage<std::shared_ptr<Request>>`.
//
// Thread-safety: thread-safe.
// Lifetime: it may be destroyed while flows, tasks and snapshots still hold its
//   stores: no other storage ever shows them. Calls on it, and scopes of it,
//   must have ended. A store is destroyed exactly once, when the last object
//   that can reach it goes.
// Cost: it grows with the storages that have a store in the flow, however many
//   others there are.
//   `GetStore()` takes constant time with up to some 32 of them, and time
//   logarithmic in their number beyond; no lock and no reference count.
//   `Run()` and `WithScope()` copy a table of 4 to 32 pointers and allocate
//   nothing, as store and table stand on the stack. They allocate once for a
//   store that is larger than 32 bytes or not trivially copyable, and a few
//   times if more than five of the flow's storages share one of the 32 slots
//   of the table.
//   `EnterWith()` allocates for the store, and for the flow's table of stores:
//   not for that if nothing else holds the table that the flow has entered
//   before, two or three times more with more than some 32 stores in the flow.
//   Memory of tables and small stores is used again: each thread keeps up to 64
//   such blocks, 6 KiB, that it has freed.
//   `Disable()` takes a lock that all storages share.
//   What keeps the context, such as a snapshot, a task or `EnterWith()`, first
//   copies what stands on the stack to the heap, once for each scope.
// Errors: std::bad_alloc, and whatever moving a `T` throws, with nothing
//   changed. For the end of a scope see storage_scope.h.
template <typename T>
class AsyncLocalStorage {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>,
                "AsyncLocalStorage<T> stores plain movable objects");

 public:
  // The options that the constructor takes.
  using Options = AsyncLocalStorageOptions<T>;

  // Throws std::bad_alloc, and std::invalid_argument if a label has no name or
  // no form.
  AsyncLocalStorage() : AsyncLocalStorage(Options{}) {}
  explicit AsyncLocalStorage(Options options)
      : options_(std::move(options)),
        slot_(context_internal::StorageSlot::Acquire(
            options_.inheritance.rule_, options_.inheritance.copier_,
            options_.label.Named(options_.name), options_.name)) {}
  AsyncLocalStorage(const AsyncLocalStorage&) = delete;
  AsyncLocalStorage& operator=(const AsyncLocalStorage&) = delete;
  ~AsyncLocalStorage() { context_internal::StorageSlot::Release(slot_.slot()); }

  // Returns the name that the options gave.
  const std::string& name() const noexcept { return options_.name; }

  // AsyncLocalStorage::GetStore()
  //
  // Returns the calling flow's store; null if none is stored; the default, or
  // null, if nothing is. The pointer is good until this storage's store is
  // replaced in this flow, the storage is disabled, or the flow ends; copy the
  // store to keep it longer. Meanwhile a later call may return another pointer,
  // and both are good: when a store was moved from the stack to the heap.
  const T* GetStore() const noexcept {
    const context_internal::Frame* frame = context_internal::CurrentFrame();
    if (frame == nullptr) return DefaultStore();
    const context_internal::FrameEntry* entry = frame->EntryFor(slot_.index());
    if (entry == nullptr) return DefaultStore();
    if (entry->key() == slot_.key()) [[likely]] {
      return static_cast<const T*>(
          static_cast<const context_internal::Binding*>(entry)->value());
    }
    return entry->is_binding() ? DefaultStore() : FindStore();
  }

  // AsyncLocalStorage::Store()
  //
  // Returns the calling flow's store, as `GetStore()` does. Throws
  // std::logic_error, which names the storage, if `GetStore()` would return
  // null.
  const T& Store() const {
    const T* const store = GetStore();
    if (store == nullptr) [[unlikely]]
      context_internal::ThrowNoStore(options_.name);
    return *store;
  }

  // AsyncLocalStorage::IsBound()
  //
  // True if a store, or none, is stored in the calling flow.
  bool IsBound() const noexcept { return Find() != nullptr; }

  // AsyncLocalStorage::Run()
  //
  // Calls `fn(args...)` with `store` current (a `T`, or `std::nullopt` for
  // none) and returns its result. Work that `fn` submits inherits the store,
  // unless the options say otherwise. On return, or if `fn` throws, this
  // storage is bound as it was before; other storages keep what `fn` entered.
  //
  // Differs from Node: it always scopes, also when `store` is current already;
  // a storage that was unbound is unbound again afterwards, where Node stores
  // the default.
  template <typename Fn, typename... Args>
    requires std::is_invocable_v<Fn, Args...>
  // This is always inlined: a small optional in a register costs more than the
  // rest. The store stands in the caller's stack frame, some 400 bytes.
  [[gnu::always_inline]] inline decltype(auto) Run(std::optional<T> store,
                                                   Fn&& fn,
                                                   Args&&... args) const {
    context_internal::BoundStore bound(slot_, std::move(store));
    context_internal::BoundStoreScope scope(  // not const: see there
        bound, context_internal::kStandsOnStack<T>);
    return std::forward<Fn>(fn)(std::forward<Args>(args)...);
  }

  // AsyncLocalStorage::Exit()
  //
  // Calls `fn(args...)` with none stored. This is the same as
  // `Run(std::nullopt, ...)`.
  template <typename Fn, typename... Args>
    requires std::is_invocable_v<Fn, Args...>
  decltype(auto) Exit(Fn&& fn, Args&&... args) const {
    return Run(std::nullopt, std::forward<Fn>(fn), std::forward<Args>(args)...);
  }

  // AsyncLocalStorage::WithScope()
  //
  // Makes `store` current until the returned scope ends.
  StorageScope WithScope(std::optional<T> store) const {
    return StorageScope(slot_, std::move(store));
  }

  // AsyncLocalStorage::EnterWith()
  //
  // Makes `store` current for the rest of the flow: until the task ends, or the
  // enclosing `Run()`, `Exit()` or scope of this storage, or the enclosing
  // snapshot or resource scope. Prefer `Run()`: it cannot outlive its purpose.
  void EnterWith(std::optional<T> store) const {
    context_internal::EnterBinding(context_internal::BindingRef::Adopt(
        new context_internal::ValueBinding<T>(slot_.slot(), slot_.key_to_bind(),
                                              std::move(store))));
  }

  // AsyncLocalStorage::Disable()
  //
  // Unbinds the storage everywhere: every store given so far, in any flow,
  // pending task or snapshot, on any thread, reads as never stored, and does
  // not come back. A later `Run()` or `EnterWith()` stores as usual. A call on
  // another thread that is not ordered with this one sees either state.
  // Unbound stores are released as their flows end or store anew.
  //
  // Differs from Node: it reaches every flow, not only the current one.
  void Disable() noexcept { slot_.Renew(); }

  // AsyncLocalStorage::Bind()
  //
  // Returns a callable that runs `fn` in the context, of all storages, that is
  // current now.
  template <typename Fn>
  static auto Bind(
      Fn&& fn, std::source_location where = std::source_location::current()) {
    return ContextSnapshot::Capture(where).Bind(std::forward<Fn>(fn));
  }

  // AsyncLocalStorage::Snapshot()
  //
  // Returns the current context of all storages; call it with a function, or
  // use it as the value it is. Cost and errors are those of
  // `ContextSnapshot::Capture()`.
  static ContextSnapshot Snapshot(
      std::source_location where = std::source_location::current()) {
    return ContextSnapshot::Capture(where);
  }

 private:
  const T* DefaultStore() const noexcept {
    return options_.default_value ? &*options_.default_value : nullptr;
  }
  // Does what GetStore() does where several are bound at one place. It is a
  // function of its own, so that the rest needs no stack.
  [[gnu::noinline]] const T* FindStore() const noexcept {
    const context_internal::Binding* binding = Find();
    if (binding == nullptr) return DefaultStore();
    return static_cast<const T*>(binding->value());
  }

  const context_internal::Binding* Find() const noexcept {
    const context_internal::Frame* frame = context_internal::CurrentFrame();
    return frame == nullptr ? nullptr : frame->Find(slot_.index(), slot_.key());
  }

  const Options options_;
  context_internal::OwnedSlot slot_;
};

}  // namespace weft

#endif  // WEFT_CONTEXT_ASYNC_LOCAL_STORAGE_H_
