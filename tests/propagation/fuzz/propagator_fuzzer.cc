// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Bytes as the fields of a message, a line each, "name:value", which are
// extracted, injected and extracted again.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "weft/base/check.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/deadline.h"
#include "weft/propagation/baggage.h"
#include "weft/propagation/carrier.h"
#include "weft/propagation/propagator.h"
#include "weft/propagation/trace_context.h"

namespace {

using Fields = std::multimap<std::string, std::string>;

const weft::AsyncLocalStorage<std::string> tenant;

const weft::Propagator& ThePropagator() {
  static const auto* const propagator = [] {
    auto* const made = new weft::Propagator;
    made->Add(
        tenant,
        {.name = "tenant",
         .encode = [](const std::string& text) { return text; },
         .decode = [](std::string_view text) -> std::optional<std::string> {
           return std::string(text);
         },
         .limit = 64});
    return made;
  }();
  return *propagator;
}

Fields FieldsOf(std::string_view input) {
  Fields fields;
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    const std::size_t colon = line.find(':');
    if (colon != line.npos) {
      fields.emplace(line.substr(0, colon), line.substr(colon + 1));
    }
    input.remove_prefix(line.size() == input.size() ? line.size()
                                                    : line.size() + 1);
  }
  return fields;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const weft::Propagator& propagator = ThePropagator();
  const Fields fields = FieldsOf({reinterpret_cast<const char*>(data), size});
  const weft::Extracted extracted =
      propagator.Extract(weft::MapReader(fields), weft::Trust::kContinue);
  extracted.Run([&] {
    const weft::TraceContext trace = *weft::TraceContext::Current();
    const weft::Baggage baggage = weft::Baggage::CurrentOrEmpty();
    std::map<std::string, std::string> sent;
    const weft::Dropped dropped = propagator.Inject(weft::MapWriter(sent));
    for (const auto& [name, value] : sent) {
      WEFT_CHECK(value.find_first_of("\r\n") == value.npos,
                 "a field is one line");
    }
    propagator.Extract(weft::MapReader(sent), weft::Trust::kContinue).Run([&] {
      const weft::TraceContext& next = *weft::TraceContext::Current();
      WEFT_CHECK(next.trace_id() == trace.trace_id() &&
                     next.parent_span_id() == trace.span_id() &&
                     next.state() == trace.state(),
                 "the trace goes on");
      WEFT_CHECK(dropped.any() || weft::Baggage::CurrentOrEmpty() == baggage,
                 "the baggage goes on");
    });
  });
  WEFT_CHECK(weft::TraceContext::Current() == nullptr &&
                 tenant.GetStore() == nullptr &&
                 weft::Deadline::Current().is_never(),
             "nothing stays behind");
  return 0;
}
