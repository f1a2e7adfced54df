// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/record/image.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace weft::observe_internal {
namespace {

using observe::Record;
using observe::RecordedLabel;
using observe::RecordedLabels;
using observe::RecordedSite;
using observe::RecordedThread;
using observe::Recording;
using observe::RecordKind;

template <std::size_t kSize>
std::string Text(const std::array<char, kSize>& text) {
  return {text.data(), strnlen(text.data(), kSize)};
}

// What a record means.
class Decoder {
 public:
  explicit Decoder(Image image) noexcept
      : first_ticks_(image.head().first_ticks),
        // relaxed: a number, at any time good enough.
        ns_per_tick_(std::bit_cast<double>(
            image.head().ns_per_tick.load(std::memory_order_relaxed))) {}

  Record operator()(std::uint64_t end, std::uint64_t begin, std::uint64_t id,
                    std::uint64_t trigger) const {
    const auto kind = static_cast<RecordKind>(trigger >> 8 & 0xff);
    const bool is_span = kind <= RecordKind::kWait;
    return {
        kind,      id >> 16,    trigger >> 16,      Time(is_span ? begin : end),
        Time(end), id & 0xffff, is_span ? 0 : begin};
  }

  std::chrono::nanoseconds Time(std::uint64_t ticks) const noexcept {
    if (ticks <= first_ticks_) return {};
    const double ns = static_cast<double>(ticks - first_ticks_) * ns_per_tick_;
    // Another one, or one beyond 200 years, is of a damaged file.
    const bool is_time = ns >= 0 && ns < 6e18;
    return std::chrono::nanoseconds(is_time ? std::llround(ns) : 0);
  }

 private:
  const std::uint64_t first_ticks_;
  const double ns_per_tick_;
};

// Puts labels together.
class LabelReader {
 public:
  explicit LabelReader(std::vector<RecordedLabels>& out) noexcept : out_(out) {}

  void Take(std::chrono::nanoseconds time, const ImageRing::Record& record) {
    const std::uint64_t number = record[kTrigger] >> 32;
    const std::uint64_t count = record[kTrigger] >> 16 & 0xffff;
    if (number == 0) {
      text_.clear();
      out_.push_back({time, {}});
    }
    // The first ones were written over, or the file is damaged: what holds from
    // here on is not known.
    if (text_.size() != number * kLabelRecordBytes || out_.empty() ||
        out_.back().since != time || number >= count) {
      if (number != 0 && (out_.empty() || out_.back().since != time)) {
        text_.clear();
        out_.push_back({time, {}});
      }
      return;
    }
    text_.append(reinterpret_cast<const char*>(&record[kBegin]),
                 kLabelRecordBytes);
    if (number + 1 == count) Read(out_.back().labels);
  }

 private:
  void Read(std::vector<RecordedLabel>& labels) const {
    std::size_t at = 0;
    const auto next = [&] {
      const std::size_t end = text_.find('\0', at);
      std::string part = text_.substr(at, end - at);
      at = end == std::string::npos ? text_.size() : end + 1;
      return part;
    };
    while (at < text_.size() && text_[at] != '\0') {
      std::string name = next();
      labels.push_back({std::move(name), next()});
    }
  }

  std::vector<RecordedLabels>& out_;
  std::string text_;
};

// Returns false if the thread has no owner, or changes it.
bool ReadThread(Image image, std::size_t index, const Decoder& decode,
                std::uint64_t now, std::vector<ImageRing::Record>& scratch,
                RecordedThread& out) {
  const ImageThread& thread = image.thread(index);
  const std::uint64_t version =
      thread.version.load(std::memory_order_acquire);  // [X5]
  if (version == 0 || version % 2 != 0) return false;
  std::array<std::uint64_t, 2> name;
  for (std::size_t i = 0; i < name.size(); ++i) {
    name[i] = thread.name[i].load(std::memory_order_acquire);  // [X5]
  }
  std::array<char, sizeof(name)> letters;
  std::memcpy(letters.data(), name.data(), sizeof(name));
  out.name = Text(letters);
  out.system_id = static_cast<std::uint32_t>(
      thread.system_id.load(std::memory_order_acquire));  // [X5]
  const std::uint64_t base =
      thread.base.load(std::memory_order_acquire);  // [X5]
  // relaxed: numbers.
  out.worker = {thread.executor.load(std::memory_order_relaxed),
                static_cast<int>(static_cast<std::int64_t>(
                    thread.worker.load(std::memory_order_relaxed)))};
  out.incomplete = thread.incomplete.load(std::memory_order_relaxed);

  std::uint64_t newest = 0;
  LabelReader labels(out.labels);
  const RingCopy copy = image.ring(index).Copy(
      base, scratch.data(), [&](const ImageRing::Record& record) {
        newest = record[kEnd];
        if ((record[kTrigger] >> 8 & 0xff) == kLabelsKind) {
          return labels.Take(decode.Time(record[kEnd]), record);
        }
        out.records.push_back(decode(record[kEnd], record[kBegin], record[kId],
                                     record[kTrigger]));
      });
  out.overwritten = copy.first - std::min(base, copy.first);
  out.damaged = copy.damaged;

  std::array<OpenSpans<kMaxOpen, kSpanWords>::Span, kMaxOpen> open;
  const int depth = thread.open.Copy(open);
  // relaxed: [X2] and [X3] have ordered them: if nothing has ended since the
  // ring was copied, what is open has not.
  const bool is_current =
      thread.head.load(std::memory_order_relaxed) == copy.end &&
      thread.session.load(std::memory_order_relaxed) ==
          image.head().session.load(std::memory_order_relaxed);
  for (int i = 0; is_current && i < depth; ++i) {
    const auto& span = open[static_cast<std::size_t>(i)];
    const Record running =
        decode(now != 0 ? now : std::max(newest, span[kSpanBegin]),
               span[kSpanBegin], span[kSpanId], span[kSpanTrigger]);
    // One that is being ended has its record already.
    if (!out.records.empty() && out.records.back().kind == RecordKind::kRun &&
        out.records.back().async_id == running.async_id &&
        out.records.back().begin == running.begin) {
      break;
    }
    out.running.push_back(running);
  }
  // relaxed: [X5] has ordered it.
  return thread.version.load(std::memory_order_relaxed) == version;
}

}  // namespace

void Own(ImageThread& thread) noexcept {
  std::array<char, 16> letters{};
  pthread_getname_np(pthread_self(), letters.data(), letters.size());
  std::array<std::uint64_t, 2> name;
  std::memcpy(name.data(), letters.data(), sizeof(name));
  // relaxed: written by one at a time, under the recorder's lock.
  const std::uint64_t version = thread.version.load(std::memory_order_relaxed);
  thread.version.store(version + 1, std::memory_order_release);  // [X5]
  for (std::size_t i = 0; i < name.size(); ++i) {
    thread.name[i].store(name[i], std::memory_order_release);  // [X5]
  }
  thread.system_id.store(static_cast<std::uint64_t>(gettid()),
                         std::memory_order_release);  // [X5]
  // relaxed: the owner before this one has put its last record, and given the
  // ring back under the lock.
  const std::uint64_t head = thread.head.load(std::memory_order_relaxed);
  thread.base.store(head, std::memory_order_release);  // [X5]
  thread.open.Cut(0);
  // relaxed: numbers.
  thread.executor.store(0, std::memory_order_relaxed);
  thread.worker.store(~std::uint64_t{0}, std::memory_order_relaxed);
  thread.incomplete.store(0, std::memory_order_relaxed);
  thread.version.store(version + 2, std::memory_order_release);  // [X5]
}

Recording ReadImage(Image image, std::uint64_t now) {
  const ImageHead& head = image.head();
  const Decoder decode(image);
  Recording recording;
  recording.start = std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::nanoseconds(head.first_unix_ns)));
  recording.process_id = head.process_id;
  // relaxed: numbers.
  recording.lost_records = head.lost_records.load(std::memory_order_relaxed);
  recording.lost_sites = head.lost_sites.load(std::memory_order_relaxed);
  std::vector<ImageRing::Record> scratch(head.ring_capacity);
  for (std::size_t i = 0; i < head.threads; ++i) {
    RecordedThread thread{};
    if (ReadThread(image, i, decode, now, scratch, thread)) {
      recording.threads.push_back(std::move(thread));
    }
  }
  // What runs has run until the last that is known of the process.
  std::chrono::nanoseconds last{};
  for (const RecordedThread& thread : recording.threads) {
    for (const Record& record : thread.records)
      last = std::max(last, record.end);
  }
  for (RecordedThread& thread : recording.threads) {
    for (Record& record : thread.running)
      record.end = std::max(last, record.end);
  }
  // After the records: what they name is there. [X6] A damaged file has at
  // least the first, which stands for what is not known.
  const std::size_t sites = std::clamp<std::uint64_t>(
      head.sites_used.load(std::memory_order_acquire), 1, head.sites);
  for (std::size_t i = 0; i < sites; ++i) {
    const ImageSite& site = image.site(i);
    recording.sites.push_back(
        {Text(site.type), Text(site.file), site.line, Text(site.function)});
  }
  for (RecordedThread& thread : recording.threads) {
    for (std::vector<Record>* const records :
         {&thread.records, &thread.running}) {
      for (Record& record : *records) {
        if (record.site >= sites) record.site = 0;  // of a damaged file
      }
    }
  }
  return recording;
}

}  // namespace weft::observe_internal
