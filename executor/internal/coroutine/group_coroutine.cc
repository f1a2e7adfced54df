// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/coroutine/group_coroutine.h"

#include "weft/executor/errors.h"

namespace weft::executor_internal {

void TellOfUnstarted(GroupState& group, std::exception_ptr why) noexcept {
  try {
    std::rethrow_exception(why);
  } catch (const CancelledError&) {
    group.AddCancelled();
  } catch (...) {
    group.AddFailure(std::move(why));
  }
}

}  // namespace weft::executor_internal
