// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/join/forked_job.h"

namespace weft::executor_internal {

bool ReclaimBelow(Worker& worker, Job* newest, const Job& part,
                  Completion& done) noexcept {
  if (part.position() == QueuePosition::kNowhere) {
    // What was reclaimed in its place was queued here, so there is room for it.
    if (newest != nullptr) static_cast<void>(worker.Fork(*newest));
    return true;
  }
  while (newest != &part) {
    if (newest == nullptr) {
      worker.JoinStolen(done);
      return false;
    }
    // A group's task, put there meanwhile; the join does not wait for it.
    worker.SetAside(AsTask(*newest));
    newest = worker.Reclaim();
  }
  return true;
}

void EmitPartBegin(Worker& worker, const Job& part,
                   ForkOrigin& origin) noexcept {
  EmitStart(part, [&worker] { return worker.id(); });
  EmitForkBegin(origin.resource());
}

}  // namespace weft::executor_internal
