// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Uses of a storage that are compiled into another shared object than the test.

#ifndef WEFT_TESTS_CONTEXT_SHARED_OBJECT_H_
#define WEFT_TESTS_CONTEXT_SHARED_OBJECT_H_

#include <functional>

#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"

namespace weft::tests {

const int* ReadThere(const AsyncLocalStorage<int>& storage);
void RunThere(const AsyncLocalStorage<int>& storage, int store,
              const std::function<void()>& fn);
ContextSnapshot CaptureThere();

// Made there.
const AsyncLocalStorage<int>& StorageThere();

}  // namespace weft::tests

#endif  // WEFT_TESTS_CONTEXT_SHARED_OBJECT_H_
