// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Does an operation a number of times, for count.py: `program fork 1024`.
// Before that it does it kMostTimes, so that all memory is there that it needs.
// Without arguments it prints the names of all operations.

#include <cstdlib>
#include <iostream>
#include <span>
#include <string_view>

#include "absl/strings/numbers.h"
#include "weft/benchmarks/instructions/operation.h"

namespace weft::benchmarks {
namespace {

constexpr int kMostTimes = 20 * 1024;

const Operation* Find(std::string_view name) {
  for (const auto operations : {WeftOperations(), PeerOperations()}) {
    for (const Operation& operation : operations) {
      if (operation.name == name) return &operation;
    }
  }
  return nullptr;
}

int Main(std::span<char* const> arguments) {
  if (arguments.empty()) {
    for (const auto operations : {WeftOperations(), PeerOperations()}) {
      for (const Operation& operation : operations)
        std::cout << operation.name << '\n';
    }
    return EXIT_SUCCESS;
  }
  const Operation* const operation = Find(arguments[0]);
  int times = 0;
  if (operation == nullptr || arguments.size() != 2 ||
      !absl::SimpleAtoi(arguments[1], &times) || times < 1 ||
      times > kMostTimes) {
    std::cerr << "usage: [OPERATION TIMES], of 1 to " << kMostTimes << '\n';
    return EXIT_FAILURE;
  }
  operation->run(kMostTimes);
  operation->run(times);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace weft::benchmarks

int main(int argc, char** argv) {
  return weft::benchmarks::Main(std::span(argv, argv + argc).subspan(1));
}
