// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/scale/machine/directory.h"

#include <stdexcept>
#include <string>

namespace weft::scale {

Directory::Directory(const Prices& prices, const Topology& topology)
    : prices_(prices), topology_(topology) {
  if (topology.workers < 1 || topology.others < 0 ||
      topology.size() > Topology::kMaxProcessors) {
    throw std::invalid_argument("Directory: there are " +
                                std::to_string(topology.size()) +
                                " processors, must be 1 to " +
                                std::to_string(Topology::kMaxProcessors));
  }
  if (topology.nodes < 1 || topology.nodes > Topology::kMaxNodes ||
      topology.nodes > topology.workers) {
    throw std::invalid_argument(
        "Directory: topology.nodes is " + std::to_string(topology.nodes) +
        ", must be 1 to " + std::to_string(Topology::kMaxNodes) +
        ", and no more than the " + std::to_string(topology.workers) +
        " workers");
  }
}

Directory::CachedPage Directory::FindPage(std::uintptr_t page) {
  std::unique_ptr<Page>& found = pages_[page];
  if (found == nullptr) found = std::make_unique<Page>();
  return {page, found->lines.data()};
}

std::uint32_t Directory::NewSet() {
  if (free_sets_.empty()) {
    sets_.emplace_back();
    return static_cast<std::uint32_t>(sets_.size() - 1);
  }
  const std::uint32_t set = free_sets_.back();
  free_sets_.pop_back();
  return set;
}

void Directory::Release(Line& line) noexcept {
  if (line.sharers == 0) return;
  sets_[line.sharers] = {};
  free_sets_.push_back(line.sharers);
  line.sharers = 0;
}

Picoseconds Directory::PriceOf(const Line& line, int processor,
                               Access access) const noexcept {
  const int node = topology_.NodeOf(processor);
  bool near = true;
  if (line.owner >= 0) {
    near = topology_.NodeOf(line.owner) == node;
  } else if (line.sharers != 0) {
    // The nearest copy is read; before a write the farthest one must be gone.
    const std::uint32_t here = std::uint32_t{1} << static_cast<unsigned>(node);
    const std::uint32_t nodes = sets_[line.sharers].nodes;
    near = access == Access::kLoad ? (nodes & here) != 0 : (nodes & ~here) == 0;
  } else {
    // Memory is placed where it is first accessed.
    return line.home < 0 || line.home == node ? prices_.memory_same_node
                                              : prices_.memory_other_node;
  }
  return near ? prices_.line_same_node : prices_.line_other_node;
}

Picoseconds Directory::Book(Line& line, int processor, Access access,
                            Picoseconds now) noexcept {
  const Picoseconds start = std::max(now, line.free_at);
  const bool is_copied = access == Access::kLoad && line.sharers != 0;
  line.free_at = start + (is_copied ? prices_.line_copy
                                    : PriceOf(line, processor, access) +
                                          prices_.line_hold);
  return start;
}

Picoseconds Directory::Fetch(Line& line, int processor, Access access,
                             Picoseconds asked, Picoseconds start,
                             const void* code) noexcept {
  const int node = topology_.NodeOf(processor);
  const Picoseconds ready = start + PriceOf(line, processor, access);
  if (line.home < 0) line.home = static_cast<std::int8_t>(node);
  if (access == Access::kStore || (line.owner < 0 && line.sharers == 0)) {
    // The first to read a line gets it alone, so that it may write it next.
    Release(line);
    line.owner = static_cast<std::int16_t>(processor);
  } else {
    if (line.sharers == 0) line.sharers = NewSet();
    Set& set = sets_[line.sharers];
    if (line.owner >= 0) set.Add(line.owner, topology_.NodeOf(line.owner));
    line.owner = -1;
    set.Add(processor, node);
  }
  ++line.fetched;
  line.waited += ready - asked;
  line.queued += start - asked;
  if (line.code == code) {
    if (line.votes < 255) ++line.votes;
  } else if (line.votes == 0) {
    line.code = code;
    line.votes = 1;
  } else {
    --line.votes;
  }
  return ready;
}

void Directory::ForEachLine(
    const std::function<void(const void*, const Line&)>& function) const {
  for (const auto& [page, lines] : pages_) {
    for (std::size_t i = 0; i < kPageLines; ++i) {
      const Line& line = lines->lines[i];
      if (line.fetched == 0) continue;
      function(
          reinterpret_cast<const void*>((page * kPageLines + i) * kLineBytes),
          line);
    }
  }
}

void Directory::ClearCounts() noexcept {
  for (const auto& [page, lines] : pages_) {
    for (Line& line : lines->lines) {
      line.waited = 0;
      line.queued = 0;
      line.fetched = 0;
    }
  }
}

}  // namespace weft::scale
