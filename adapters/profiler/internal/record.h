// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A record of OTEP 4947, byte by byte:
//
//   trace id       16 bytes  zeros: there is no trace
//   span id         8 bytes
//   valid           1 byte   1
//   trace flags     1 byte   as in traceparent
//   size            2 bytes  of what follows, in the order of this machine
//   attributes               each: key, 1 byte; length, 1 byte; the text

#ifndef WEFT_ADAPTERS_PROFILER_INTERNAL_RECORD_H_
#define WEFT_ADAPTERS_PROFILER_INTERNAL_RECORD_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "weft/propagation/trace_context.h"

namespace weft::profiler_internal {

inline constexpr std::size_t kRecordHead = 28;
inline constexpr std::size_t kMaxRecord = 640;

// The memory of one record. Readers take it at an even address.
struct alignas(8) RecordBytes {
  std::array<std::uint8_t, kMaxRecord> bytes;
};

// The head of a record, as a trace or none makes it, before attributes.
class TraceBytes {
 public:
  TraceBytes() noexcept : bytes_{} { bytes_[kValid] = 1; }
  explicit TraceBytes(const TraceContext& trace) noexcept : TraceBytes() {
    const auto& id = trace.trace_id().bytes();
    const auto& span = trace.span_id().bytes();
    std::copy(id.begin(), id.end(), bytes_.begin());
    std::copy(span.begin(), span.end(), bytes_.begin() + id.size());
    bytes_[kFlags] = static_cast<std::uint8_t>(
        (trace.sampling() == Sampling::kSampled ? 1 : 0) |
        (trace.is_random() ? 2 : 0));
    has_trace_ = true;
  }

  const std::array<std::uint8_t, kRecordHead>& bytes() const noexcept {
    return bytes_;
  }
  bool has_trace() const noexcept { return has_trace_; }

  friend bool operator==(const TraceBytes&, const TraceBytes&) = default;

 private:
  static constexpr std::size_t kValid = 24;
  static constexpr std::size_t kFlags = 25;

  std::array<std::uint8_t, kRecordHead> bytes_;
  bool has_trace_ = false;
};

// Writes one record. Owner-only; no thread shows the record meanwhile.
class RecordWriter {
 public:
  RecordWriter(RecordBytes& record, const TraceBytes& trace) noexcept
      : bytes_(record.bytes), has_trace_(trace.has_trace()) {
    std::copy(trace.bytes().begin(), trace.bytes().end(), bytes_.begin());
  }

  // Returns false, and adds nothing, if it does not fit.
  [[nodiscard]] bool Add(std::uint8_t key, std::string_view text) noexcept {
    if (text.size() > std::numeric_limits<std::uint8_t>::max()) return false;
    if (text.size() + 2 > kMaxRecord - size_) return false;
    bytes_[size_] = key;
    bytes_[size_ + 1] = static_cast<std::uint8_t>(text.size());
    std::copy(text.begin(), text.end(), bytes_.begin() + size_ + 2);
    size_ += text.size() + 2;
    const auto attributes = static_cast<std::uint16_t>(size_ - kRecordHead);
    std::memcpy(bytes_.data() + kSize, &attributes, sizeof(attributes));
    return true;
  }

  // True if it says nothing.
  bool empty() const noexcept { return !has_trace_ && size_ == kRecordHead; }

 private:
  static constexpr std::size_t kSize = 26;

  std::array<std::uint8_t, kMaxRecord>& bytes_;
  std::size_t size_ = kRecordHead;
  const bool has_trace_;
};

}  // namespace weft::profiler_internal

#endif  // WEFT_ADAPTERS_PROFILER_INTERNAL_RECORD_H_
