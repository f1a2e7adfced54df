// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/coroutine/coroutine.h"
#include "weft/benchmarks/workloads/peers/plain_coroutine.h"

namespace weft::benchmarks::coroutine {

double HandWritten(int) {
  return Measure([] { return Parent<HandWrittenCoroutine>().Run(); });
}

double Plain(int) {
  return Measure([] { return Parent<PlainCoroutine>().Run(); });
}

}  // namespace weft::benchmarks::coroutine
