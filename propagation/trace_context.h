// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// propagation/trace_context.h
// -----------------------------------------------------------------------------
//
// `TraceContext` says to which trace a flow of work belongs, and which span of
// it is current: W3C Trace Context, level 2. It stands in a storage, so all
// that is submitted inherits it; `Propagator` (propagator.h) takes it across
// process boundaries.
//
// Example:
//
//   const auto span = weft::TraceContext::Storage().WithScope(
//       weft::TraceContext::CurrentOrNew().Child());
//   CallTheDatabase();  // bears the span's id

#ifndef WEFT_PROPAGATION_TRACE_CONTEXT_H_
#define WEFT_PROPAGATION_TRACE_CONTEXT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "weft/context/async_local_storage.h"
#include "weft/propagation/internal/text.h"
#include "weft/propagation/trace_state.h"

namespace weft {

// TraceBytes
//
// An id of `kSize` bytes. One of zeros only stands for no id.
//
// Thread-safety: thread-compatible.
template <std::size_t kSize>
class TraceBytes {
 public:
  // Makes no id.
  constexpr TraceBytes() = default;
  // Makes the id with these bytes.
  explicit constexpr TraceBytes(
      const std::array<std::uint8_t, kSize>& bytes) noexcept
      : bytes_(bytes) {}

  // Returns the id that these lower-case hexadecimal digits tell, two a byte;
  // nothing if `text` is anything else.
  static std::optional<TraceBytes> FromHex(std::string_view text) noexcept {
    TraceBytes id;
    if (!propagation_internal::ReadHex(text, id.bytes_)) return std::nullopt;
    return id;
  }
  // Returns the digits.
  std::string ToHex() const {
    std::string text;
    propagation_internal::AppendHex(bytes_, text);
    return text;
  }

  // Returns its bytes, the first first.
  const std::array<std::uint8_t, kSize>& bytes() const noexcept {
    return bytes_;
  }
  // True if it is no id.
  bool is_zero() const noexcept {
    return std::all_of(bytes_.begin(), bytes_.end(),
                       [](std::uint8_t byte) { return byte == 0; });
  }

  friend bool operator==(const TraceBytes&, const TraceBytes&) = default;
  friend auto operator<=>(const TraceBytes&, const TraceBytes&) = default;

 private:
  std::array<std::uint8_t, kSize> bytes_ = {};
};

// The id of a trace.
using TraceId = TraceBytes<16>;
// The id of a span, which the specification calls `parent-id`.
using SpanId = TraceBytes<8>;

// Sampling
//
// Whether the caller may have recorded the trace: the flag `sampled`.
enum class Sampling { kNotSampled, kSampled };

// TraceContext
//
// A value: the ids of a trace and of a span in it, its flags and its state.
//
// Thread-safety: thread-compatible.
// Cost: `New()` and `Child()` take some nanoseconds; their numbers come from a
//   generator of the calling thread's own, which the system seeds. They are
//   unlikely to come twice, but no secret.
class TraceContext {
 public:
  // TraceContext::New()
  //
  // Returns the first span of a new trace. Its ids are random, and its flag
  // `random` says so.
  static TraceContext New(Sampling sampling = Sampling::kNotSampled) noexcept;

  // TraceContext::Parse()
  //
  // Returns what the field `traceparent` tells, with an empty state; nothing if
  // it is malformed. Of a version later than 00 it takes what 00 has, as the
  // specification says. Looks at the first 56 bytes. Allocates nothing.
  static std::optional<TraceContext> Parse(
      std::string_view traceparent) noexcept;

  // TraceContext::Storage()
  //
  // Returns the storage in which a flow has its trace. One for the process,
  // made at the first use; throws std::bad_alloc then.
  static const AsyncLocalStorage<TraceContext>& Storage();
  // Returns the storage in which a flow has the context of a trace that is
  // not its own but led to it: see Trust::kLink.
  static const AsyncLocalStorage<TraceContext>& LinkStorage();

  // Returns the calling flow's; null if it has none.
  static const TraceContext* Current() noexcept;
  // Returns the calling flow's; a new one, which is not stored, if it has none.
  static TraceContext CurrentOrNew();

  // Returns a new span of the same trace, whose parent is this one.
  TraceContext Child() const;
  // Returns the same with another flag, or another state.
  TraceContext With(Sampling sampling) const;
  TraceContext With(TraceState state) const;

  // Returns the id of the trace.
  const TraceId& trace_id() const noexcept { return trace_id_; }
  // Returns the id of this span.
  const SpanId& span_id() const noexcept { return span_id_; }
  // Returns the id of the span that this one was made of, by `Child()`; no id
  // if it was not.
  const SpanId& parent_span_id() const noexcept { return parent_span_id_; }
  Sampling sampling() const noexcept {
    return (flags_ & kSampledFlag) != 0 ? Sampling::kSampled
                                        : Sampling::kNotSampled;
  }
  // True if the last 7 bytes of the trace's id are random at least.
  bool is_random() const noexcept { return (flags_ & kRandomFlag) != 0; }
  const TraceState& state() const noexcept { return state_; }

  // Returns the field `traceparent`, of version 00.
  std::string ToString() const;

  friend bool operator==(const TraceContext&, const TraceContext&) = default;

 private:
  static constexpr std::uint8_t kSampledFlag = 1;
  static constexpr std::uint8_t kRandomFlag = 2;

  TraceContext() = default;

  TraceId trace_id_;
  SpanId span_id_;
  SpanId parent_span_id_;
  std::uint8_t flags_ = 0;
  TraceState state_;
};

// SeedTraceIds()
//
// Makes the ids that the calling thread makes from now on follow from `seed`:
// for tests, and for runs that must come out alike.
void SeedTraceIds(std::uint64_t seed) noexcept;

}  // namespace weft

#endif  // WEFT_PROPAGATION_TRACE_CONTEXT_H_
