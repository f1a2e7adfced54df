// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "weft/observe/internal/page/write.h"

namespace weft::observe_internal {
namespace {

// How many places of a line a text takes, in which letters have one each.
std::size_t WidthOf(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(),
                    [](char byte) { return (byte & 0xc0) != 0x80; }));
}

bool IsText(const Cell& cell) {
  return std::holds_alternative<std::string>(cell) ||
         std::holds_alternative<std::monostate>(cell);
}

void Append(const std::string& cell, std::size_t width, bool is_left,
            std::string& line) {
  const std::string blank(width - WidthOf(cell), ' ');
  line += is_left ? cell + blank : blank + cell;
  line += "  ";
}

void AppendLines(const Table& table, std::string& out) {
  std::vector<std::size_t> widths;
  std::vector<bool> is_left;
  std::vector<std::vector<std::string>> rows;
  for (const std::vector<Cell>& row : table.rows) {
    std::vector<std::string>& texts = rows.emplace_back();
    for (const Cell& cell : row) texts.push_back(CellText(cell));
  }
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    widths.push_back(WidthOf(table.columns[i].title));
    is_left.push_back(true);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      widths[i] = std::max(widths[i], WidthOf(rows[row][i]));
      is_left[i] = is_left[i] && IsText(table.rows[row][i]);
    }
  }
  const auto append_line = [&](const auto& text_of) {
    std::string line;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      Append(text_of(i), widths[i], is_left[i], line);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  };
  append_line(
      [&](std::size_t i) { return std::string(table.columns[i].title); });
  for (const std::vector<std::string>& row : rows) {
    append_line([&](std::size_t i) { return row[i]; });
  }
}

}  // namespace

std::string PageText(const Page& page) {
  std::string text = page.title + '\n';
  for (const Table& table : page.tables) {
    text += "\n== " + std::string(table.title) + '\n';
    if (!table.note.empty()) text += table.note + '\n';
    if (!table.rows.empty()) AppendLines(table, text);
    if (table.left_out != 0) {
      text += "and " + std::to_string(table.left_out) + " more\n";
    }
  }
  return text;
}

}  // namespace weft::observe_internal
