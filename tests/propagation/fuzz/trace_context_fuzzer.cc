// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Bytes as `traceparent`, and behind its first line as `tracestate`.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "weft/base/check.h"
#include "weft/propagation/trace_context.h"
#include "weft/propagation/trace_state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  if (const auto trace = weft::TraceContext::Parse(input.substr(0, line))) {
    WEFT_CHECK(weft::TraceContext::Parse(trace->ToString()) == *trace,
               "a trace reads as it was written");
    WEFT_CHECK(!trace->trace_id().is_zero() && !trace->span_id().is_zero(),
               "a trace has ids");
  }
  if (line == input.npos) return 0;
  const auto state = weft::TraceState::Parse(input.substr(line + 1));
  if (!state) return 0;
  const auto again = weft::TraceState::Parse(state->ToString());
  WEFT_CHECK(again == state, "a state reads as it was written");
  WEFT_CHECK(state->ToString().find_first_of("\r\n") == std::string_view::npos,
             "a state is one line");
  WEFT_CHECK(weft::TraceState::Parse(state->With("own", "1").ToString()) &&
                 state->With("own", "1").Find("own") == "1",
             "a state with a member more is a state");
  WEFT_CHECK(!state->Without("own").Find("own"), "a member goes");
  return 0;
}
