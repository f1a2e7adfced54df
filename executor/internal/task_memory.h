// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Memory for tasks, which are made on one thread and end on another, by the
// million: blocks of a few sizes, used again and again.
//
// Each thread has a stack of free blocks of each size; stacks that grow long,
// or run empty, give to or take from a common depot a whole magazine at a time
// (J. Bonwick, J. Adams, "Magazines and Vmem", USENIX 2001). So a task costs no
// call of the allocator, and a lock once in 64 tasks. What was needed once is
// kept until the process ends: as much as the tasks pending at the peak. Tasks
// larger than the largest block are the allocator's, and so are all under the
// sanitizers, which thus see each task's memory come and go.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_MEMORY_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_MEMORY_H_

#include <cstddef>

namespace weft::executor_internal {

// Throws std::bad_alloc.
void* AllocateTask(std::size_t size);
// `size` is as given to AllocateTask().
void FreeTask(void* memory, std::size_t size) noexcept;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_MEMORY_H_
