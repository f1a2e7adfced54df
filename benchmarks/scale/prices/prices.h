// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The price list of a simulated machine: how long each thing takes.

#ifndef WEFT_BENCHMARKS_SCALE_PRICES_PRICES_H_
#define WEFT_BENCHMARKS_SCALE_PRICES_PRICES_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::scale {

// Times are in picoseconds, as an access of a processor's own cache takes less
// than a nanosecond.
using Picoseconds = std::int64_t;
constexpr Picoseconds kNanosecond = 1000;

// Each is explained in the list itself, prices.tsv, in nanoseconds.
struct Prices {
  Picoseconds access = 0;
  Picoseconds call = 0;
  Picoseconds line_same_node = 0;
  Picoseconds line_other_node = 0;
  Picoseconds memory_same_node = 0;
  Picoseconds memory_other_node = 0;
  Picoseconds line_copy = 0;
  Picoseconds line_hold = 0;
  Picoseconds fence = 0;
  Picoseconds pause = 0;
  Picoseconds clock = 0;
  Picoseconds allocation = 0;
  Picoseconds yield = 0;
  Picoseconds sleep_call = 0;
  Picoseconds wake_call = 0;
  Picoseconds wake_latency = 0;
  Picoseconds heavy_fence = 0;
  Picoseconds heavy_fence_each = 0;
  Picoseconds interrupt = 0;
  Picoseconds new_thread = 0;
};

// Calls `function(name, price)` for each price.
template <typename PricesType, typename Function>
void ForEachPrice(PricesType& prices, const Function& function) {
  function("access", prices.access);
  function("call", prices.call);
  function("line_same_node", prices.line_same_node);
  function("line_other_node", prices.line_other_node);
  function("memory_same_node", prices.memory_same_node);
  function("memory_other_node", prices.memory_other_node);
  function("line_copy", prices.line_copy);
  function("line_hold", prices.line_hold);
  function("fence", prices.fence);
  function("pause", prices.pause);
  function("clock", prices.clock);
  function("allocation", prices.allocation);
  function("yield", prices.yield);
  function("sleep_call", prices.sleep_call);
  function("wake_call", prices.wake_call);
  function("wake_latency", prices.wake_latency);
  function("heavy_fence", prices.heavy_fence);
  function("heavy_fence_each", prices.heavy_fence_each);
  function("interrupt", prices.interrupt);
  function("new_thread", prices.new_thread);
}

// Reads a list from its text. Throws std::invalid_argument, which names `file`
// and the line, if an entry is unknown, missing, given twice or no number of
// nanoseconds that is 0 or more.
Prices ParsePrices(std::string_view text, const std::string& file);
// The same for a file. Throws std::runtime_error if it cannot be read.
Prices ReadPrices(const std::string& file);

}  // namespace weft::scale

#endif  // WEFT_BENCHMARKS_SCALE_PRICES_PRICES_H_
