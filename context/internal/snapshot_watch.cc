// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/snapshot_watch.h"

namespace weft::context_internal {

constinit std::atomic<SnapshotWatch*> snapshot_watch{nullptr};

}  // namespace weft::context_internal
