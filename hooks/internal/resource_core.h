// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The state that an AsyncResource and the functions bound to it share: a
// resource, the frame of its making, and the one destroy event.
//
// Edges:
//   [D1] Open(), Close() and EmitDestroy() are read-modify-writes of `state_`,
//        all acq_rel: one of the last Close() and the first EmitDestroy() comes
//        later in its modification order, sees the other, and delivers the
//        destroy event, after all that earlier scopes did. Breaks if weakened:
//        a destroy callback races with an after callback on another thread.
//        Test: AsyncResourceStressTest.DestroyComesAfterTheLastAfter.

#ifndef WEFT_HOOKS_INTERNAL_RESOURCE_CORE_H_
#define WEFT_HOOKS_INTERNAL_RESOURCE_CORE_H_

#include <atomic>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

#include "weft/base/ref.h"
#include "weft/context/internal/frame.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/internal/nobody_scope.h"
#include "weft/hooks/resource.h"

namespace weft::hooks_internal {

// Thread-safe.
class ResourceCore : public base::RefCounted {
 public:
  enum class Destroy { kWithLastReference, kManual };

  // Emits init. Throws std::invalid_argument if `type` is empty, and
  // std::bad_alloc, with nothing changed.
  static base::Ref<const ResourceCore> Make(std::string_view type,
                                            AsyncId trigger_async_id,
                                            Destroy destroy,
                                            std::source_location where);

  ResourceCore(const ResourceCore&) = delete;
  ResourceCore& operator=(const ResourceCore&) = delete;

  Resource& resource() const noexcept { return resource_; }

  // Throws std::logic_error if it has been called before.
  void EmitDestroy() const;

  void Release() const noexcept {
    if (DropRefs(1)) delete this;
  }

 private:
  friend class ResourceScope;

  static constexpr std::uint32_t kDestroyAsked = 1;
  static constexpr std::uint32_t kDestroyDelivered = 2;
  static constexpr std::uint32_t kOneScope = 4;

  ResourceCore(std::string_view type, AsyncId trigger_async_id, Destroy destroy,
               std::source_location where);
  ~ResourceCore();

  void Open() const noexcept;
  void Close() const noexcept;
  void DeliverDestroy() const noexcept;

  const std::string type_;
  mutable Resource resource_;
  const Destroy destroy_;
  const context_internal::FrameRef frame_;
  mutable std::atomic<std::uint32_t> state_{0};  // flags and scopes open
};

using ResourceCoreRef = base::Ref<const ResourceCore>;

// Runs the calling thread as the resource, in its frame: before, ..., after.
// Owner-only; scopes nest, and several threads may have one each.
class ResourceScope {
 public:
  explicit ResourceScope(ResourceCoreRef core) noexcept;
  ResourceScope(const ResourceScope&) = delete;
  ResourceScope& operator=(const ResourceScope&) = delete;
  ~ResourceScope();

 private:
  // Ends in the opposite order: the frame goes back before the ids, and the
  // destroy event comes last.
  struct OpenScope {
    explicit OpenScope(ResourceCoreRef core) noexcept;
    ~OpenScope();
    const ResourceCoreRef core;
  };
  const OpenScope open_;
  const ExecutionScope execution_;
  const TaskFrameScope frame_;  // the core keeps it
};

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_RESOURCE_CORE_H_
