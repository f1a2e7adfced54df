// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the debug page says, before it is written as HTML, JSON or text: tables
// whose cells know what they are, and a graph.

#ifndef WEFT_OBSERVE_INTERNAL_PAGE_MODEL_H_
#define WEFT_OBSERVE_INTERNAL_PAGE_MODEL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "weft/observe/metrics/task_stats.h"

namespace weft::observe_internal {

// So many a second.
struct Rate {
  double per_second;
};

// A part of 1.
struct Share {
  double part;
};

// A number that counts nothing, such as an id.
struct Name {
  std::uint64_t number;
};

// Nothing stands for what is not known. Texts are clean (text.h).
using Cell =
    std::variant<std::monostate, std::string, Name, std::uint64_t, Rate, Share,
                 std::chrono::nanoseconds, observe::TimeHistogram>;

struct Column {
  std::string_view key;  // in JSON; a time's ends with "seconds"
  std::string_view title;
};

struct Table {
  std::string_view key;
  std::string_view title;
  std::string note;  // what it is, or why it is empty
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows = {};
  std::uint64_t left_out = 0;  // rows, beyond those that are shown
};

struct GraphNode {
  std::string type;
  std::string place;
  std::uint64_t tasks;  // that were made there
};

struct GraphEdge {
  std::size_t from;  // indices of nodes
  std::size_t to;
  std::uint64_t tasks;
};

struct Graph {
  std::vector<GraphNode> nodes = {};
  std::vector<GraphEdge> edges = {};
};

struct Page {
  std::string title;
  std::vector<Table> tables;
  Graph graph;
};

// Quantile()
//
// Returns the bound below which at least `part` of what is counted lies; zero
// if nothing is.
std::chrono::nanoseconds Quantile(const observe::TimeHistogram& times,
                                  double part) noexcept;
std::uint64_t CountOf(const observe::TimeHistogram& times) noexcept;

// Returns the text of a cell, for people.
std::string CellText(const Cell& cell);

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_PAGE_MODEL_H_
