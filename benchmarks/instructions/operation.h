// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What is counted: Weft's operations, and others' that do the same without
// context, ids and hooks. Each runs on one worker or none, and what runs is the
// same in each process: where tasks are submitted from outside the worker is
// held until the last one is.

#ifndef WEFT_BENCHMARKS_INSTRUCTIONS_OPERATION_H_
#define WEFT_BENCHMARKS_INSTRUCTIONS_OPERATION_H_

#include <span>
#include <string_view>

namespace weft::benchmarks {

struct Operation {
  std::string_view name;
  // Does it so many times, and ends when all are through.
  void (*run)(int times);
};

std::span<const Operation> WeftOperations();
std::span<const Operation> PeerOperations();

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_INSTRUCTIONS_OPERATION_H_
