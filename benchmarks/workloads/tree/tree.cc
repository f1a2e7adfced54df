// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/tree/tree.h"

#include <cstdint>

namespace weft::benchmarks::tree {

namespace {

// The finalizer of SplitMix64.
std::uint64_t Mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::int64_t CountAlone(const Node& node) {
  std::int64_t count = 1;
  for (int i = 0; i < node.Children(); ++i) count += CountAlone(node.Child(i));
  return count;
}

}  // namespace

Node Node::Child(int i) const {
  const auto salt = static_cast<std::uint64_t>(i + 1) * 0x9e3779b97f4a7c15;
  return {.hash = Mix(hash + salt), .depth = depth + 1};
}

// One more for each byte of the hash, from the first, that is below 4/5.
int Node::Children() const {
  if (depth == kDepth) return 0;
  int children = 0;
  for (std::uint64_t bytes = hash; children < kMostChildren; bytes >>= 8) {
    if ((bytes & 0xff) >= 205) break;
    ++children;
  }
  return children;
}

std::int64_t Nodes() {
  static const std::int64_t nodes = CountAlone(Node());
  return nodes;
}

}  // namespace weft::benchmarks::tree
