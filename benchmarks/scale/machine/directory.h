// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Who has which cache line: what a machine's coherence directory knows, for
// caches that are never full. A line is in memory only, in one cache that may
// write it (exclusive), or in any number of caches that may read it (shared).
//
// A line can be handed to one processor at a time: a processor that asks while
// it is under way waits for its turn, and whoever has got it may use it for a
// moment before it is taken away again. That is what makes a line that all
// write slow, and why the time at which a line is free again belongs to it.

#ifndef WEFT_BENCHMARKS_SCALE_MACHINE_DIRECTORY_H_
#define WEFT_BENCHMARKS_SCALE_MACHINE_DIRECTORY_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "weft/benchmarks/scale/prices/prices.h"

namespace weft::scale {

// The processors of the machine: those with the lowest numbers are for workers,
// and spread evenly over the nodes; the others are for threads that are none.
struct Topology {
  static constexpr int kMaxProcessors = 1600;
  static constexpr int kMaxNodes = 32;

  int workers = 1;
  int others = 0;
  int nodes = 1;

  int size() const noexcept { return workers + others; }
  int NodeOf(int processor) const noexcept {
    return processor < workers ? processor * nodes / workers
                               : (processor - workers) % nodes;
  }
};

enum class Access { kLoad, kStore };

// Not thread-safe: one thread simulates all processors.
class Directory {
 public:
  static constexpr std::size_t kLineBytes = 64;

  struct Line {
    Picoseconds free_at = 0;     // from when on it can be handed on
    Picoseconds waited = 0;      // what processors have spent on fetching it
    Picoseconds queued = 0;      // the part of that before it was their turn
    std::uint32_t fetched = 0;   // how often
    std::uint32_t sharers = 0;   // number of its set; 0: none
    std::int16_t owner = -1;     // has it exclusively; -1: nobody
    std::int8_t home = -1;       // node of its memory; -1: never accessed
    std::uint8_t votes = 0;      // for `code`
    const void* code = nullptr;  // that fetches it most often, by majority vote
  };

  Directory(const Prices& prices, const Topology& topology);

  Line& At(const void* address) noexcept {
    const std::uintptr_t line =
        reinterpret_cast<std::uintptr_t>(address) / kLineBytes;
    const std::uintptr_t page = line / kPageLines;
    CachedPage& cached = cache_[page % kCachedPages];
    if (cached.page != page) [[unlikely]]
      cached = FindPage(page);
    return cached.lines[line % kPageLines];
  }

  // True if `processor` has the line, and may access it so, without asking.
  bool Has(const Line& line, int processor, Access access) const noexcept {
    if (line.owner == processor) return true;
    return access == Access::kLoad && line.sharers != 0 &&
           sets_[line.sharers].Has(processor);
  }

  // Books the line for `processor`, which does not have it and asks at `now`;
  // returns when it is its turn.
  Picoseconds Book(Line& line, int processor, Access access,
                   Picoseconds now) noexcept;
  // Hands the line to `processor`, which has asked for it at `asked`, and whose
  // turn it is now, at `start`; returns when it has arrived.
  Picoseconds Fetch(Line& line, int processor, Access access, Picoseconds asked,
                    Picoseconds start, const void* code) noexcept;

  // Calls `function` for each line that was fetched, with its address.
  void ForEachLine(
      const std::function<void(const void*, const Line&)>& function) const;
  // Forgets what has been counted, not who has which line.
  void ClearCounts() noexcept;

 private:
  static constexpr std::size_t kPageLines = 1024;
  static constexpr std::size_t kCachedPages = 4096;

  struct Page {
    std::array<Line, kPageLines> lines;
  };
  struct CachedPage {
    std::uintptr_t page = ~std::uintptr_t{0};
    Line* lines = nullptr;
  };
  struct Set {
    std::array<std::uint64_t, Topology::kMaxProcessors / 64> processors{};
    std::uint32_t nodes = 0;

    bool Has(int processor) const noexcept {
      const auto bit = static_cast<unsigned>(processor);
      return (processors[bit / 64] >> (bit % 64) & 1) != 0;
    }
    void Add(int processor, int node) noexcept {
      const auto bit = static_cast<unsigned>(processor);
      processors[bit / 64] |= std::uint64_t{1} << (bit % 64);
      nodes |= std::uint32_t{1} << static_cast<unsigned>(node);
    }
  };

  CachedPage FindPage(std::uintptr_t page);
  std::uint32_t NewSet();
  void Release(Line& line) noexcept;
  Picoseconds PriceOf(const Line& line, int processor,
                      Access access) const noexcept;

  const Prices prices_;
  const Topology topology_;
  std::vector<CachedPage> cache_{kCachedPages};
  std::unordered_map<std::uintptr_t, std::unique_ptr<Page>> pages_;
  std::vector<Set> sets_{1};
  std::vector<std::uint32_t> free_sets_;
};

}  // namespace weft::scale

#endif  // WEFT_BENCHMARKS_SCALE_MACHINE_DIRECTORY_H_
