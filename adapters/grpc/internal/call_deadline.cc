// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/grpc/internal/call_deadline.h"

#include <chrono>

#include "weft/context/deadline.h"

namespace weft::grpc_internal {

Deadline FromGrpc(gpr_timespec time) noexcept {
  if (gpr_time_cmp(time, gpr_inf_future(time.clock_type)) == 0) {
    return Deadline::Never();
  }
  const gpr_timespec left =
      gpr_time_sub(time, gpr_now(time.clock_type));  // infinite stays so
  constexpr std::chrono::seconds kNever = std::chrono::hours(365 * 24);
  if (left.tv_sec > kNever.count()) return Deadline::Never();
  if (left.tv_sec < -kNever.count()) return Deadline::In(-kNever);
  return Deadline::In(std::chrono::seconds(left.tv_sec) +
                      std::chrono::nanoseconds(left.tv_nsec));
}

gpr_timespec ToGrpc(Deadline deadline) noexcept {
  if (deadline.is_never()) return gpr_inf_future(GPR_CLOCK_MONOTONIC);
  return gpr_time_add(
      gpr_now(GPR_CLOCK_MONOTONIC),
      gpr_time_from_nanos(std::chrono::duration_cast<std::chrono::nanoseconds>(
                              deadline.remaining())
                              .count(),
                          GPR_TIMESPAN));
}

}  // namespace weft::grpc_internal
