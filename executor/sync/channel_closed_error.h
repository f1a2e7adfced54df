// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/sync/channel_closed_error.h
// -----------------------------------------------------------------------------

#ifndef WEFT_EXECUTOR_SYNC_CHANNEL_CLOSED_ERROR_H_
#define WEFT_EXECUTOR_SYNC_CHANNEL_CLOSED_ERROR_H_

#include <stdexcept>

#include "weft/base/language.h"

namespace weft {

// Thrown by `Channel::Send()` and `TrySend()` if the channel is closed.
class ChannelClosedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SYNC_CHANNEL_CLOSED_ERROR_H_
