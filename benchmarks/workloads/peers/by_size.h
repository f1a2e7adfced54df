// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef WEFT_BENCHMARKS_WORKLOADS_PEERS_BY_SIZE_H_
#define WEFT_BENCHMARKS_WORKLOADS_PEERS_BY_SIZE_H_

#include <map>
#include <memory>

namespace weft::benchmarks {

// One pool of each size, made by `make(size)` at its first use and kept until
// the process ends. Owner-only: the main thread.
template <typename Pool>
class BySize {
 public:
  template <typename Make>
  Pool& Get(int threads, const Make& make) {
    std::unique_ptr<Pool>& pool = pools_[threads];
    if (pool == nullptr) pool = make(threads);
    return *pool;
  }

 private:
  std::map<int, std::unique_ptr<Pool>> pools_;
};

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_WORKLOADS_PEERS_BY_SIZE_H_
