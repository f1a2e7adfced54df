// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/grpc/completion_queue.h
// -----------------------------------------------------------------------------
//
// Tags for gRPC's completion queues that are functions, each with the context
// in which it was made, and a loop that calls them.
//
// Example:
//
//   ::grpc::CompletionQueue queue;
//   blocking.Post([&queue] { weft::grpc::RunTags(queue); });
//
//   reader->Finish(&reply, &status, weft::grpc::MakeTag([&](bool ok) {
//                    Keep(ok, reply, status);  // the context of MakeTag()
//                  }));
//   ...
//   queue.Shutdown();  // ends the loop, once all tags have come

#ifndef WEFT_ADAPTERS_GRPC_COMPLETION_QUEUE_H_
#define WEFT_ADAPTERS_GRPC_COMPLETION_QUEUE_H_

#include <grpcpp/completion_queue.h>

#include <source_location>
#include <type_traits>
#include <utility>

#include "weft/adapters/internal/carried_function.h"

namespace weft::grpc_internal {

class Tag {
 public:
  Tag() = default;
  Tag(const Tag&) = delete;
  Tag& operator=(const Tag&) = delete;
  virtual ~Tag() = default;

  // Calls the function and deletes this.
  virtual void Complete(bool ok) = 0;
};

template <typename Fn>
class FunctionTag final : public Tag {
 public:
  template <typename F>
  FunctionTag(F&& fn, std::source_location where)
      : fn_(std::forward<F>(fn), "GRPC_TAG", where) {}

  void Complete(bool ok) override {
    const adapters_internal::CarriedFunction<Fn> fn = std::move(fn_);
    delete this;
    fn(ok);
  }

 private:
  adapters_internal::CarriedFunction<Fn> fn_;
};

}  // namespace weft::grpc_internal

namespace weft::grpc {

// MakeTag()
//
// Returns a tag for one operation: `fn(ok)` is called when it completes, in the
// context of this call. It is a resource of type "GRPC_TAG": init now, before
// and after around `fn`, then destroy. The tag frees itself then; one that is
// given to no operation, or whose queue nobody runs to its end, is leaked.
//
// Cost: two allocations.
template <typename Fn>
  requires std::is_invocable_v<std::decay_t<Fn>, bool>
[[nodiscard]] void* MakeTag(
    Fn&& fn, std::source_location where = std::source_location::current()) {
  using Made = grpc_internal::FunctionTag<std::decay_t<Fn>>;
  return static_cast<grpc_internal::Tag*>(
      new Made(std::forward<Fn>(fn), where));
}

// RunTags()
//
// Takes tags out of `queue` and calls their functions, until it has been shut
// down and is empty; all its tags must be of `MakeTag()`. Several threads may
// run one queue. It blocks, so it is for a thread of one's own or a task of a
// `BlockingExecutor`. A function does not see the context of the loop. What a
// function throws is thrown here; call it again to go on.
void RunTags(::grpc::CompletionQueue& queue);

}  // namespace weft::grpc

#endif  // WEFT_ADAPTERS_GRPC_COMPLETION_QUEUE_H_
