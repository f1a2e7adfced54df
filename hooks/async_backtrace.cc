// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/async_backtrace.h"

#include "weft/hooks/internal/execution_state.h"

namespace weft {

using hooks_internal::CauseNode;
using hooks_internal::NodeOf;

AsyncBacktrace AsyncBacktrace::Here() noexcept {
  return Of(hooks_internal::CurrentResource());
}

AsyncSite AsyncBacktrace::site() const noexcept {
  const CauseNode& node = NodeOf(cause_);
  return {node.type_view(), node.where, node.repeats};
}

AsyncBacktrace AsyncBacktrace::cause() const noexcept {
  return empty() ? *this : AsyncBacktrace(NodeOf(cause_).cause);
}

bool AsyncBacktrace::is_cut() const noexcept {
  return !empty() && NodeOf(cause_).is_cut;
}

std::string AsyncBacktrace::ToString(std::string_view indent) const {
  std::string text;
  for (AsyncBacktrace at = *this; !at.empty(); at = at.cause()) {
    const AsyncSite site = at.site();
    text += indent;
    text += site.type;
    if (site.where.line() != 0) {
      text += " from ";
      text += site.where.file_name();
      text += ':';
      text += std::to_string(site.where.line());
      text += " (";
      text += site.where.function_name();
      text += ')';
    }
    text += site.repeats ? ", again and again\n" : "\n";
  }
  if (is_cut()) text.append(indent).append("...\n");
  return text;
}

}  // namespace weft
