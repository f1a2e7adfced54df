// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A value whose destruction runs code of the test's.

#ifndef WEFT_TESTS_SUPPORT_CALL_WHEN_GONE_H_
#define WEFT_TESTS_SUPPORT_CALL_WHEN_GONE_H_

#include <functional>
#include <memory>
#include <utility>

namespace weft::tests {

// Returns a value that calls `fn` when its last copy is destroyed.
inline std::shared_ptr<void> CallWhenGone(std::function<void()> fn) {
  return std::shared_ptr<void>(nullptr, [fn = std::move(fn)](void*) { fn(); });
}

}  // namespace weft::tests

#endif  // WEFT_TESTS_SUPPORT_CALL_WHEN_GONE_H_
