// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/grpc/completion_queue.h"

namespace weft::grpc {

void RunTags(::grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) {
    static_cast<grpc_internal::Tag*>(tag)->Complete(ok);
  }
}

}  // namespace weft::grpc
