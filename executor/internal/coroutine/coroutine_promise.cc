// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/coroutine/coroutine_promise.h"

#include "weft/executor/errors.h"

namespace weft::executor_internal {

void TellOfDetached(Engine& engine, std::exception_ptr failure) noexcept {
  try {
    std::rethrow_exception(failure);
  } catch (const CancelledError&) {
  } catch (const DeadlineExceededError&) {
  } catch (const ShutdownError&) {
  } catch (...) {
    HandleUnhandled(engine, std::move(failure));
  }
}

}  // namespace weft::executor_internal
