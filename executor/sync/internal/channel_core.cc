// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/sync/internal/channel_core.h"

namespace weft::executor_internal {

std::exception_ptr ClosedError() {
  return std::make_exception_ptr(ChannelClosedError(
      "Channel::Send: the channel is closed; nothing more can be sent"));
}

}  // namespace weft::executor_internal
