// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/wanted_events.h"

namespace weft::hooks_internal {

constinit WantedEvents wanted_events;

}  // namespace weft::hooks_internal
