// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/context/shared_object.h"

namespace weft::tests {

const int* ReadThere(const AsyncLocalStorage<int>& storage) {
  return storage.GetStore();
}

void RunThere(const AsyncLocalStorage<int>& storage, int store,
              const std::function<void()>& fn) {
  storage.Run(store, fn);
}

ContextSnapshot CaptureThere() { return ContextSnapshot::Capture(); }

const AsyncLocalStorage<int>& StorageThere() {
  static const AsyncLocalStorage<int> storage;
  return storage;
}

}  // namespace weft::tests
