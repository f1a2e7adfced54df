// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "weft/observe/internal/page/write.h"
#include "weft/observe/internal/text.h"

namespace weft::observe_internal {
namespace {

constexpr int kBoxWidth = 170;
constexpr int kBoxHeight = 40;
constexpr int kColumnGap = 76;
constexpr int kRowGap = 26;
constexpr int kMargin = 24;
constexpr std::size_t kMaxBoxText = 26;

struct Spot {
  int x = 0;
  int y = 0;
};

struct Order {
  std::vector<std::size_t> nodes;
  // Of each node, its distance from those that nobody has submitted.
  std::vector<std::size_t> columns;
};

// Returns the nodes in the order of their distances; those that one has
// submitted are together.
Order OrderOf(const Graph& graph) {
  const std::size_t unknown = graph.nodes.size();
  std::vector<std::size_t> columns(graph.nodes.size(), unknown);
  std::vector<std::size_t> to_visit;
  const auto begin_at = [&](std::size_t node) {
    columns[node] = 0;
    to_visit.push_back(node);
  };
  std::vector<bool> is_submitted(graph.nodes.size());
  for (const GraphEdge& edge : graph.edges) {
    if (edge.from != edge.to) is_submitted[edge.to] = true;
  }
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    if (!is_submitted[node]) begin_at(node);
  }
  for (std::size_t next = 0;; ++next) {
    if (next == to_visit.size()) {
      // What is left hangs on a circle.
      const auto left = std::find(columns.begin(), columns.end(), unknown);
      if (left == columns.end()) return {to_visit, columns};
      begin_at(static_cast<std::size_t>(left - columns.begin()));
    }
    for (const GraphEdge& edge : graph.edges) {
      if (edge.from != to_visit[next] || columns[edge.to] != unknown) continue;
      columns[edge.to] = columns[edge.from] + 1;
      to_visit.push_back(edge.to);
    }
  }
}

std::string Point(int x, int y) {
  return std::to_string(x) + ',' + std::to_string(y);
}

std::string Text(const char* kind, int x, int y, const std::string& text) {
  return std::string("<text class=\"") + kind + "\" x=\"" + std::to_string(x) +
         "\" y=\"" + std::to_string(y) + "\">" + HtmlEscaped(text) + "</text>";
}

std::string Box(const GraphNode& node, Spot spot) {
  // The end of a path tells more than its beginning.
  const std::string file = node.place.substr(node.place.find_last_of('/') + 1);
  return "<g><title>" + HtmlEscaped(node.type + ' ' + node.place) +
         "</title><rect class=\"box\" x=\"" + std::to_string(spot.x) +
         "\" y=\"" + std::to_string(spot.y) + "\" width=\"" +
         std::to_string(kBoxWidth) + "\" height=\"" +
         std::to_string(kBoxHeight) + "\" rx=\"6\"/>" +
         Text("type", spot.x + 9, spot.y + 17,
              CleanText(node.type, kMaxBoxText)) +
         Text("place", spot.x + 9, spot.y + 32, CleanText(file, kMaxBoxText)) +
         "</g>\n";
}

// From the right of one box to the left of the other, or around if that is not
// further to the right.
std::string Arrow(const GraphEdge& edge, Spot from, Spot to) {
  const int x1 = from.x + kBoxWidth;
  const int y1 = from.y + kBoxHeight / 2;
  const int x2 = to.x;
  const int y2 = to.y + kBoxHeight / 2;
  std::string path = "M" + Point(x1, y1);
  Spot middle{(x1 + x2) / 2, (y1 + y2) / 2};
  if (x2 > x1) {
    path += " C" + Point(middle.x, y1) + ' ' + Point(middle.x, y2) + ' ' +
            Point(x2, y2);
  } else {
    const int below = std::max(y1, y2) + kBoxHeight / 2 + kRowGap / 2;
    path += " C" + Point(x1 + 50, y1) + ' ' + Point(x1 + 50, below) + ' ' +
            Point((x1 + x2) / 2, below) + " S" + Point(x2 - 50, y2) + ' ' +
            Point(x2, y2);
    middle.y = below;
  }
  const int width = 1 + static_cast<int>(std::log10(static_cast<double>(
                            std::max<std::uint64_t>(edge.tasks, 1))));
  return "<path class=\"edge\" marker-end=\"url(#head)\" stroke-width=\"" +
         std::to_string(width) + "\" d=\"" + path + "\"/>" +
         Text("count", middle.x, middle.y - 4, CellText(edge.tasks)) + '\n';
}

}  // namespace

std::string GraphSvg(const Graph& graph) {
  if (graph.edges.empty()) return "";
  const Order order = OrderOf(graph);
  std::vector<int> used(graph.nodes.size());
  std::vector<Spot> spots(graph.nodes.size());
  Spot size;
  for (const std::size_t node : order.nodes) {
    const auto column = static_cast<int>(order.columns[node]);
    const int row = used[order.columns[node]]++;
    const Spot spot{kMargin + column * (kBoxWidth + kColumnGap),
                    kMargin + row * (kBoxHeight + kRowGap)};
    spots[node] = spot;
    size.x = std::max(size.x, spot.x + kBoxWidth + kMargin + kColumnGap / 2);
    size.y = std::max(size.y, spot.y + kBoxHeight + kRowGap);
  }
  std::string svg =
      "<div class=\"scroll\"><svg class=\"graph\" width=\"" +
      std::to_string(size.x) + "\" height=\"" + std::to_string(size.y) +
      "\" role=\"img\"><defs><marker id=\"head\" viewBox=\"0 0 8 8\" "
      "refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
      "markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"head\" "
      "d=\"M0,0 L8,4 L0,8 z\"/></marker></defs>\n";
  for (const GraphEdge& edge : graph.edges) {
    svg += Arrow(edge, spots[edge.from], spots[edge.to]);
  }
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    svg += Box(graph.nodes[node], spots[node]);
  }
  return svg + "</svg></div>\n";
}

}  // namespace weft::observe_internal
