// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/propagation/trace_context.h"

#include <cstring>

#include "weft/propagation/internal/process_storage.h"
#include "weft/propagation/internal/random_ids.h"

namespace weft {

namespace {

using propagation_internal::ProcessStorage;

constinit ProcessStorage<TraceContext> traces("trace");
constinit ProcessStorage<TraceContext> links("trace link");

// An id that is not zero.
template <typename Id>
Id RandomId() {
  std::array<std::uint8_t, sizeof(Id)> bytes;
  do {
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
      const std::uint64_t number = propagation_internal::RandomNumber();
      std::memcpy(bytes.data() + i, &number, sizeof number);
    }
  } while (Id(bytes).is_zero());
  return Id(bytes);
}

}  // namespace

TraceContext TraceContext::New(Sampling sampling) noexcept {
  TraceContext trace;
  trace.trace_id_ = RandomId<TraceId>();
  trace.span_id_ = RandomId<SpanId>();
  trace.flags_ = kRandomFlag;
  if (sampling == Sampling::kSampled) trace.flags_ |= kSampledFlag;
  return trace;
}

std::optional<TraceContext> TraceContext::Parse(
    std::string_view traceparent) noexcept {
  // 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
  constexpr std::size_t kLength = 55;
  if (traceparent.size() < kLength || traceparent[2] != '-' ||
      traceparent[35] != '-' || traceparent[52] != '-') {
    return std::nullopt;
  }
  std::array<std::uint8_t, 1> version;
  std::array<std::uint8_t, 1> flags;
  const auto trace_id = TraceId::FromHex(traceparent.substr(3, 32));
  const auto span_id = SpanId::FromHex(traceparent.substr(36, 16));
  if (!propagation_internal::ReadHex(traceparent.substr(0, 2), version) ||
      !propagation_internal::ReadHex(traceparent.substr(53, 2), flags) ||
      !trace_id || trace_id->is_zero() || !span_id || span_id->is_zero()) {
    return std::nullopt;
  }
  if (version[0] == 0xFF) return std::nullopt;
  if (traceparent.size() > kLength &&
      (version[0] == 0 || traceparent[kLength] != '-')) {
    return std::nullopt;
  }
  TraceContext trace;
  trace.trace_id_ = *trace_id;
  trace.span_id_ = *span_id;
  trace.flags_ = flags[0] & (kSampledFlag | kRandomFlag);
  return trace;
}

const AsyncLocalStorage<TraceContext>& TraceContext::Storage() {
  return traces.Get();
}

const AsyncLocalStorage<TraceContext>& TraceContext::LinkStorage() {
  return links.Get();
}

const TraceContext* TraceContext::Current() noexcept {
  const auto* const storage = traces.IfUsed();
  return storage == nullptr ? nullptr : storage->GetStore();
}

TraceContext TraceContext::CurrentOrNew() {
  const TraceContext* const current = Current();
  return current == nullptr ? New() : *current;
}

TraceContext TraceContext::Child() const {
  TraceContext child = *this;
  child.parent_span_id_ = span_id_;
  child.span_id_ = RandomId<SpanId>();
  return child;
}

TraceContext TraceContext::With(Sampling sampling) const {
  TraceContext changed = *this;
  changed.flags_ &= static_cast<std::uint8_t>(~kSampledFlag);
  if (sampling == Sampling::kSampled) changed.flags_ |= kSampledFlag;
  return changed;
}

TraceContext TraceContext::With(TraceState state) const {
  TraceContext changed = *this;
  changed.state_ = std::move(state);
  return changed;
}

std::string TraceContext::ToString() const {
  std::string text = "00-";
  text.reserve(55);
  propagation_internal::AppendHex(trace_id_.bytes(), text);
  text += '-';
  propagation_internal::AppendHex(span_id_.bytes(), text);
  text += '-';
  propagation_internal::AppendHex({&flags_, 1}, text);
  return text;
}

void SeedTraceIds(std::uint64_t seed) noexcept {
  propagation_internal::SeedRandomNumbers(seed);
}

}  // namespace weft
