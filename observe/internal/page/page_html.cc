// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "weft/observe/internal/page/write.h"
#include "weft/observe/metrics/task_stats.h"

namespace weft::observe_internal {
namespace {

using observe::TimeHistogram;

// The places of a histogram that have a bar: the first and the last one have
// what lies beyond them, too. From 128 ns to 17 s.
constexpr std::size_t kFirstBar = 7;
constexpr std::size_t kLastBar = 34;
constexpr int kBarWidth = 4;
constexpr int kBarHeight = 22;

constexpr std::string_view kHead = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="page.css">
<script src="page.js" defer></script>
)html";

constexpr std::string_view kControls = R"html(<nav>
<span id="controls" hidden>
<label><input type="checkbox" id="live" checked> live</label>
<label>record <input type="number" id="seconds" min="1" max="60" value="5"> s</label>
<button id="record">Record</button>
</span>
<a href="trace?seconds=10" download="trace.json">last 10 s as a trace</a>
<a href="spans?seconds=10" download="spans.json">as spans</a>
<a href="?format=json">JSON</a>
<a href="?format=text">text</a>
<a href="metrics">metrics</a>
<span id="state"></span>
</nav>
)html";

std::string Histogram(const TimeHistogram& times) {
  std::uint64_t most = 0;
  std::uint64_t counts[kLastBar + 1] = {};
  for (std::size_t place = 0; place < times.counts.size(); ++place) {
    std::uint64_t& count = counts[std::clamp(place, kFirstBar, kLastBar)];
    count += times.counts[place];
    most = std::max(most, count);
  }
  if (most == 0) return "";
  const auto number = [](auto value) { return std::to_string(value); };
  std::string svg = "<svg class=\"bars\" width=\"" +
                    number((kLastBar - kFirstBar + 1) * kBarWidth) +
                    "\" height=\"" + number(kBarHeight) +
                    "\" role=\"img\"><title>" + number(CountOf(times)) +
                    ", from 128 ns to 17 s</title>";
  for (std::size_t place = kFirstBar; place <= kLastBar; ++place) {
    if (counts[place] == 0) continue;
    // The root of the share, so that what is rare is seen.
    const int height = std::max(
        1, static_cast<int>(std::lround(
               kBarHeight * std::sqrt(static_cast<double>(counts[place]) /
                                      static_cast<double>(most)))));
    svg += "<rect x=\"" + number((place - kFirstBar) * kBarWidth) + "\" y=\"" +
           number(kBarHeight - height) + "\" width=\"" + number(kBarWidth - 1) +
           "\" height=\"" + number(height) + "\"/>";
  }
  return svg + "</svg>";
}

struct HtmlOf {
  template <typename Value>
  std::string operator()(const Value& value) const {
    return "<td class=\"n\">" + HtmlEscaped(CellText(value)) + "</td>";
  }
  std::string operator()(std::monostate) const { return "<td></td>"; }
  std::string operator()(const std::string& text) const {
    return "<td>" + HtmlEscaped(text) + "</td>";
  }
  std::string operator()(Share share) const {
    return "<td><meter value=\"" + std::to_string(share.part) + "\"></meter> " +
           CellText(share) + "</td>";
  }
  std::string operator()(const TimeHistogram& times) const {
    if (CountOf(times) == 0) return "<td></td>";
    return "<td class=\"h\">" + Histogram(times) + "<small>" +
           HtmlEscaped(CellText(times)) + "</small></td>";
  }
};

void AppendTable(const Table& table, std::string& out) {
  out += "<div class=\"scroll\"><table>\n<thead><tr>";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Cell& first = table.rows.front()[i];
    const bool is_number =
        std::holds_alternative<std::uint64_t>(first) ||
        std::holds_alternative<Rate>(first) ||
        std::holds_alternative<std::chrono::nanoseconds>(first);
    out += is_number ? "<th class=\"n\">" : "<th>";
    out += HtmlEscaped(table.columns[i].title) + "</th>";
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (const Cell& cell : row) out += std::visit(HtmlOf{}, cell);
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
}

void AppendSection(const Table& table, const std::string& graph,
                   std::string& out) {
  out += "<section id=\"" + std::string(table.key) + "\">\n<h2>" +
         HtmlEscaped(table.title) + "</h2>\n";
  if (!table.note.empty()) {
    out += "<p class=\"note\">" + HtmlEscaped(table.note) + "</p>\n";
  }
  out += graph;
  if (!table.rows.empty()) AppendTable(table, out);
  if (table.left_out != 0) {
    out += "<p class=\"note\">and " + std::to_string(table.left_out) +
           " more</p>\n";
  }
  out += "</section>\n";
}

}  // namespace

std::string HtmlEscaped(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += letter;
    }
  }
  return escaped;
}

std::string PageHtml(const Page& page) {
  const std::string title = HtmlEscaped(page.title);
  std::string html(kHead);
  html += "<title>" + title + "</title>\n</head>\n<body>\n<header><h1>" +
          title + "</h1>\n";
  html += kControls;
  html += "</header>\n<main>\n";
  for (const Table& table : page.tables) {
    AppendSection(table, table.key == "submissions" ? GraphSvg(page.graph) : "",
                  html);
  }
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace weft::observe_internal
