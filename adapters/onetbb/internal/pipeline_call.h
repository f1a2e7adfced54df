// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A call of a pipeline, and the items in it.

#ifndef WEFT_ADAPTERS_ONETBB_INTERNAL_PIPELINE_CALL_H_
#define WEFT_ADAPTERS_ONETBB_INTERNAL_PIPELINE_CALL_H_

#include <list>
#include <memory>
#include <source_location>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/adapters/onetbb/internal/flow_scopes.h"
#include "weft/base/sync/mutex.h"
#include "weft/hooks/async_resource.h"

namespace weft::tbb_internal {

class AnyPipelineItem {
 public:
  explicit AnyPipelineItem(AsyncResource of_item) : flow(std::move(of_item)) {}
  virtual ~AnyPipelineItem() = default;

  AsyncResource flow;

 private:
  friend class PipelineCall;
  std::list<AnyPipelineItem*>::iterator place_;
};

// The item that passes from stage to stage, through oneTBB as a plain pointer:
// oneTBB forgets items that wait for their turn when a stage throws, so the
// call owns them.
template <typename T>
class PipelineItem final : public AnyPipelineItem {
 public:
  PipelineItem(AsyncResource of_item, T&& passed)
      : AnyPipelineItem(std::move(of_item)), value(std::move(passed)) {}

  T value;  // goes before the flow
};

// Thread-safe.
class PipelineCall {
 public:
  PipelineCall(std::string_view type, std::source_location where) noexcept
      : algorithm_(type, where) {}
  PipelineCall(const PipelineCall&) = delete;
  PipelineCall& operator=(const PipelineCall&) = delete;
  // Drops the items that are left.
  ~PipelineCall() {
    for (AnyPipelineItem* const item : items_) delete item;
  }

  const AlgorithmCall& algorithm() const noexcept { return algorithm_; }

  // Makes the call own an item between stages.
  template <typename T>
  PipelineItem<T>* Add(AsyncResource flow, T&& value)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    auto item = std::make_unique<PipelineItem<T>>(std::move(flow),
                                                  std::forward<T>(value));
    const base::MutexLock lock(mutex_);
    item->place_ = items_.insert(items_.end(), item.get());
    return item.release();
  }
  // Returns the ownership to the caller.
  template <typename T>
  std::unique_ptr<PipelineItem<T>> Take(PipelineItem<T>* item)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    items_.erase(item->place_);
    return std::unique_ptr<PipelineItem<T>>(item);
  }

 private:
  const AlgorithmCall algorithm_;
  base::Mutex mutex_;
  std::list<AnyPipelineItem*> items_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace weft::tbb_internal

#endif  // WEFT_ADAPTERS_ONETBB_INTERNAL_PIPELINE_CALL_H_
