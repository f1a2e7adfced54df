// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/opentelemetry/runtime_context_storage.h
// -----------------------------------------------------------------------------
//
// `RuntimeContextStorage` makes Weft's flows the place where opentelemetry-cpp
// keeps its current context. The storage that it has by default belongs to a
// thread: a `Scope` that is held across a `co_await` on a pool is then current
// for whatever runs on that thread next, and no longer for the coroutine. With
// this one a span that is active is active for its flow, on any thread, and for
// the tasks that the flow submits.
//
// Example, at the start of main():
//
//   opentelemetry::context::RuntimeContext::SetRuntimeContextStorage(
//       opentelemetry::nostd::shared_ptr<
//           opentelemetry::context::RuntimeContextStorage>(
//           new weft::otel::RuntimeContextStorage));
//
// Needs the headers of opentelemetry-cpp's API, 1.x, and no library of it.
//
// Node counterpart: the AsyncLocalStorageContextManager of opentelemetry-js.

#ifndef WEFT_ADAPTERS_OPENTELEMETRY_RUNTIME_CONTEXT_STORAGE_H_
#define WEFT_ADAPTERS_OPENTELEMETRY_RUNTIME_CONTEXT_STORAGE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "opentelemetry/baggage/baggage.h"
#include "opentelemetry/baggage/baggage_context.h"
#include "opentelemetry/context/context.h"
#include "opentelemetry/context/runtime_context.h"
#include "opentelemetry/nostd/shared_ptr.h"
#include "opentelemetry/nostd/span.h"
#include "opentelemetry/nostd/string_view.h"
#include "opentelemetry/nostd/unique_ptr.h"
#include "opentelemetry/nostd/variant.h"
#include "opentelemetry/trace/context.h"
#include "opentelemetry/trace/span.h"
#include "opentelemetry/trace/span_context.h"
#include "opentelemetry/trace/span_metadata.h"
#include "opentelemetry/trace/trace_flags.h"
#include "opentelemetry/trace/trace_state.h"
#include "weft/adapters/opentelemetry/context_stack.h"
#include "weft/context/label.h"
#include "weft/propagation/trace_context.h"
#include "weft/propagation/trace_state.h"

namespace weft::otel {

// ToTraceContext()
//
// Returns Weft's form of a span's context; nothing if that is not valid. A
// state that W3C does not allow is left out. Throws std::bad_alloc.
inline std::optional<TraceContext> ToTraceContext(
    const opentelemetry::trace::SpanContext& span) {
  if (!span.IsValid()) return std::nullopt;
  std::array<char, 55> text;
  text.fill('-');
  text[0] = text[1] = '0';
  span.trace_id().ToLowerBase16(
      opentelemetry::nostd::span<char, 32>(text.data() + 3, 32));
  span.span_id().ToLowerBase16(
      opentelemetry::nostd::span<char, 16>(text.data() + 36, 16));
  span.trace_flags().ToLowerBase16(
      opentelemetry::nostd::span<char, 2>(text.data() + 53, 2));
  std::optional<TraceContext> trace =
      TraceContext::Parse(std::string_view(text.data(), text.size()));
  if (trace.has_value() && !span.trace_state()->Empty()) {
    if (auto state = TraceState::Parse(span.trace_state()->ToHeader())) {
      trace = trace->With(*std::move(state));
    }
  }
  return trace;
}

// ToSpanContext()
//
// Returns OpenTelemetry's form of a trace that has come from elsewhere: its
// spans can have it as their parent. Throws std::bad_alloc.
inline opentelemetry::trace::SpanContext ToSpanContext(
    const TraceContext& trace) {
  namespace trace_api = opentelemetry::trace;
  const std::uint8_t flags = static_cast<std::uint8_t>(
      (trace.sampling() == Sampling::kSampled ? 1 : 0) |
      (trace.is_random() ? 2 : 0));
  const auto& id = trace.trace_id().bytes();
  const auto& span = trace.span_id().bytes();
  return trace_api::SpanContext(
      trace_api::TraceId(
          opentelemetry::nostd::span<const std::uint8_t, 16>(id.data(), 16)),
      trace_api::SpanId(
          opentelemetry::nostd::span<const std::uint8_t, 8>(span.data(), 8)),
      trace_api::TraceFlags(flags), true,
      trace_api::TraceState::FromHeader(trace.state().ToString()));
}

// CurrentTraceContext()
//
// Returns the trace of the span that is active in the calling flow, whatever
// keeps OpenTelemetry's contexts; nothing if there is none. Throws
// std::bad_alloc.
inline std::optional<TraceContext> CurrentTraceContext() {
  return ToTraceContext(opentelemetry::trace::GetSpanContext(
      opentelemetry::context::RuntimeContext::GetCurrent()));
}

// ContextTraits
//
// What a ContextStack shows of OpenTelemetry's contexts.
struct ContextTraits {
  // True if the context has a valid span.
  static bool HasSpan(const opentelemetry::context::Context& context) {
    return opentelemetry::trace::GetSpanContext(context).IsValid();
  }
  // Writes the ids of trace and span, as "<32 digits>-<16 digits>".
  static void WriteSpan(const opentelemetry::context::Context& context,
                        LabelText& text) {
    const auto span = opentelemetry::trace::GetSpanContext(context);
    std::array<char, 49> ids;
    span.trace_id().ToLowerBase16(
        opentelemetry::nostd::span<char, 32>(ids.data(), 32));
    ids[32] = '-';
    span.span_id().ToLowerBase16(
        opentelemetry::nostd::span<char, 16>(ids.data() + 33, 16));
    text.Append(std::string_view(ids.data(), ids.size()));
  }
  // True if the context has baggage.
  static bool HasBaggage(const opentelemetry::context::Context& context) {
    bool has_any = false;
    opentelemetry::baggage::GetBaggage(context)->GetAllEntries(
        [&](opentelemetry::nostd::string_view,
            opentelemetry::nostd::string_view) {
          has_any = true;
          return false;
        });
    return has_any;
  }
  // Writes it, as "key=value,key=value".
  static void WriteBaggage(const opentelemetry::context::Context& context,
                           LabelText& text) {
    opentelemetry::baggage::GetBaggage(context)->GetAllEntries(
        [&](opentelemetry::nostd::string_view key,
            opentelemetry::nostd::string_view value) {
          if (!text.view().empty()) text.Append(",");
          text.Append(std::string_view(key.data(), key.size()));
          text.Append("=");
          text.Append(std::string_view(value.data(), value.size()));
          return !text.is_cut();
        });
  }
};

// RuntimeContextStorage
//
// OpenTelemetry's current context, by flow. Each flow has a stack of attached
// contexts of its own, which what it submits inherits. A token that is
// detached, or destroyed, in another flow than the one that attached has no
// effect there, and `Detach()` returns false; in its own flow it takes along
// what was attached after it, in whatever order tokens go.
//
// Thread-safety: thread-safe, but for its installation, which OpenTelemetry
//   wants before there are spans.
// Lifetime: it must live as long as OpenTelemetry's calls; the `shared_ptr`
//   that installs it sees to that.
// Cost: see `ContextStack`.
// Errors: nothing throws. Where there is no memory a context is not attached;
//   failures() counts that.
class RuntimeContextStorage final
    : public opentelemetry::context::RuntimeContextStorage {
 public:
  // Throws std::bad_alloc.
  explicit RuntimeContextStorage(ContextStackOptions options = {})
      : stack_(options) {}

  // Returns the context that is current in the calling flow.
  opentelemetry::context::Context GetCurrent() noexcept override {
    return stack_.GetCurrent();
  }
  // Makes `context` current in the calling flow. Returns the token that
  // detaches it, never null.
  opentelemetry::nostd::unique_ptr<opentelemetry::context::Token> Attach(
      const opentelemetry::context::Context& context) noexcept override {
    stack_.Attach(context);
    return CreateToken(context);
  }
  // Detaches it. Returns false if the calling flow has not attached it.
  bool Detach(opentelemetry::context::Token& token) noexcept override {
    return stack_.Detach([&](const opentelemetry::context::Context& context) {
      return token == context;
    });
  }

  // Returns how often there was no memory to attach or detach.
  std::uint64_t failures() const noexcept { return stack_.failures(); }

 private:
  ContextStack<opentelemetry::context::Context, ContextTraits> stack_;
};

}  // namespace weft::otel

#endif  // WEFT_ADAPTERS_OPENTELEMETRY_RUNTIME_CONTEXT_STORAGE_H_
