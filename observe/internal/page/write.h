// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The debug page in the forms that it is asked for in.

#ifndef WEFT_OBSERVE_INTERNAL_PAGE_WRITE_H_
#define WEFT_OBSERVE_INTERNAL_PAGE_WRITE_H_

#include <string>
#include <string_view>

#include "weft/observe/internal/page/model.h"

namespace weft::observe_internal {

std::string PageHtml(const Page& page);
// An object with an array of objects for each table, of the columns' keys.
// Times are in seconds; what is not known is null.
std::string PageJson(const Page& page);
std::string PageText(const Page& page);

// The graph, as an element of HTML; empty if it has no edges.
std::string GraphSvg(const Graph& graph);

// What the HTML page loads, from beside itself.
std::string_view PageCss() noexcept;
std::string_view PageScript() noexcept;

// Returns `text`, which is clean, as HTML has it.
std::string HtmlEscaped(std::string_view text);

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_PAGE_WRITE_H_
