// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Memory at the same addresses in each run: `operator new` while a machine is
// simulated, and stacks. Each processor has blocks of its own, as with malloc.

#ifndef WEFT_BENCHMARKS_SCALE_MACHINE_HEAP_H_
#define WEFT_BENCHMARKS_SCALE_MACHINE_HEAP_H_

#include <cstddef>

namespace weft::scale {

// Returns a stack, which is never given back. Throws std::bad_alloc.
void* AllocateStack(std::size_t bytes);

}  // namespace weft::scale

#endif  // WEFT_BENCHMARKS_SCALE_MACHINE_HEAP_H_
