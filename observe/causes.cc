// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/causes.h"

#include <cstdint>

#include "weft/observe/internal/tap.h"
#include "weft/observe/level.h"

namespace weft {
namespace observe_internal {
namespace {

// Makes init events come about; their emission sets the cause.
class CauseKeeper final : public Listener {
 public:
  constexpr CauseKeeper() = default;

  EventBits SetLevel(observe::Level level) noexcept override {
    const bool are_kept = level >= observe::Level::kFlight;
    KeepCauses(are_kept);
    return are_kept ? SignalBit(Signal::kInit) : 0;
  }
  void Hear(const Told&, Stamp&) noexcept override {}
};

constinit CauseKeeper the_cause_keeper;

}  // namespace
}  // namespace observe_internal

namespace observe {

void StartCauses() noexcept {
  observe_internal::Listen(observe_internal::Seat::kCauses,
                           observe_internal::the_cause_keeper);
}

}  // namespace observe
}  // namespace weft
