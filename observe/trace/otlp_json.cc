// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/trace/otlp_json.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "weft/hooks/async_id.h"
#include "weft/observe/internal/text.h"

namespace weft::observe {
namespace {

using observe_internal::JsonQuoted;
using std::chrono::nanoseconds;

// Of the protocol's enums, which are numbers in JSON.
constexpr int kSpanKindInternal = 1;
constexpr int kStatusCodeError = 2;

// A one-to-one function whose results look random (that of splitmix64).
std::uint64_t Mix(std::uint64_t bits) noexcept {
  bits += 0x9e3779b97f4a7c15;
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
  return bits ^ bits >> 31;
}

std::string Hex(std::uint64_t bits) {
  std::array<char, 20> text;
  std::snprintf(text.data(), text.size(), "%016llx",
                static_cast<unsigned long long>(bits));
  return text.data();
}

// An id of zeros would be none.
std::uint64_t NotZero(std::uint64_t bits) noexcept {
  return bits != 0 ? bits : 1;
}

// Integers of 64 bits are strings.
std::string Int(std::uint64_t number) {
  return '"' + std::to_string(number) + '"';
}

std::string Attribute(std::string_view key, std::string_view kind,
                      const std::string& value) {
  return "{\"key\":" + JsonQuoted(key) + ",\"value\":{" + JsonQuoted(kind) +
         ':' + value + "}}";
}
std::string TextAttribute(std::string_view key, std::string_view text) {
  return Attribute(key, "stringValue", JsonQuoted(text));
}
std::string IntAttribute(std::string_view key, std::uint64_t number) {
  return Attribute(key, "intValue", Int(number));
}

struct Span {
  const Record* run;
  const RecordedThread* thread;
  bool is_running;
};

class Spans {
 public:
  Spans(const Recording& recording, const OtlpOptions& options)
      : recording_(recording),
        options_(options),
        seed_(Mix(static_cast<std::uint64_t>(
                      recording.start.time_since_epoch().count()) ^
                  Mix(recording.process_id))) {}

  std::string Write() {
    Collect();
    std::string json =
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[" +
        TextAttribute("service.name", options_.service_name) + ',' +
        IntAttribute("process.pid", recording_.process_id) +
        "]},\"scopeSpans\":[{\"scope\":{\"name\":\"weft\",\"attributes\":[" +
        IntAttribute("weft.left_out", left_out_) + "]},\"spans\":[";
    bool is_first = true;
    for (const Span& span : spans_) {
      json += std::exchange(is_first, false) ? "\n" : ",\n";
      Append(span, json);
    }
    return json + "\n]}]}]}\n";
  }

 private:
  void Collect() {
    for (const RecordedThread& thread : recording_.threads) {
      for (const Record& record : thread.records) {
        Know(record);
        if (record.kind == RecordKind::kRun) {
          spans_.push_back({&record, &thread, false});
        } else if (record.kind == RecordKind::kThrow) {
          threw_.insert(record.async_id);
        }
      }
      for (const Record& record : thread.running) {
        Know(record);
        spans_.push_back({&record, &thread, true});
      }
    }
    for (const Span& span : spans_) runs_[span.run->async_id].push_back(span);
    for (auto& [id, runs] : runs_) {
      std::sort(runs.begin(), runs.end(), [](const Span& a, const Span& b) {
        return a.run->begin < b.run->begin;
      });
    }
    // The newest first, to be kept.
    std::sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) {
      return std::pair(a.run->end, a.run->begin) >
             std::pair(b.run->end, b.run->begin);
    });
    if (spans_.size() > options_.max_spans) {
      left_out_ = spans_.size() - options_.max_spans;
      spans_.resize(options_.max_spans);
    }
  }

  void Know(const Record& record) {
    if (record.async_id == kNoAsyncId) return;
    triggers_.try_emplace(record.async_id, record.trigger_async_id);
  }

  // The resource that the causes of one go back to.
  AsyncId RootOf(AsyncId id) {
    std::vector<AsyncId> way;
    // A damaged file may have a circle.
    while (way.size() <= triggers_.size()) {
      if (const auto known = roots_.find(id); known != roots_.end()) {
        id = known->second;
        break;
      }
      way.push_back(id);
      const auto trigger = triggers_.find(id);
      if (trigger == triggers_.end()) break;
      if (!triggers_.contains(trigger->second)) break;
      id = trigger->second;
    }
    for (const AsyncId passed : way) roots_.emplace(passed, id);
    return id;
  }

  std::string SpanId(const Span& span) const {
    return Hex(NotZero(Mix(
        seed_ ^ Mix(span.run->async_id ^
                    Mix(static_cast<std::uint64_t>(span.run->begin.count()) ^
                        Mix(span.thread->system_id))))));
  }

  // The last run of what caused it, before it began; null: none is known.
  const Span* ParentOf(const Record& run) const {
    const auto runs = runs_.find(run.trigger_async_id);
    if (runs == runs_.end()) return nullptr;
    const auto after =
        std::upper_bound(runs->second.begin(), runs->second.end(), run.begin,
                         [](nanoseconds time, const Span& one) {
                           return time < one.run->begin;
                         });
    if (after == runs->second.begin()) return nullptr;
    const Span& parent = *std::prev(after);
    return parent.run == &run ? nullptr : &parent;
  }

  std::string Time(nanoseconds time) const {
    const nanoseconds start = recording_.start.time_since_epoch();
    return Int(static_cast<std::uint64_t>((start + time).count()));
  }

  void Append(const Span& span, std::string& json) {
    const Record& run = *span.run;
    const RecordedSite none{};
    const RecordedSite& site =
        run.site < recording_.sites.size() ? recording_.sites[run.site] : none;
    json += "{\"traceId\":\"" + Hex(seed_) +
            Hex(NotZero(Mix(RootOf(run.async_id)))) + "\",\"spanId\":\"" +
            SpanId(span) + '"';
    if (const Span* const parent = ParentOf(run)) {
      json += ",\"parentSpanId\":\"" + SpanId(*parent) + '"';
    }
    json +=
        ",\"name\":" +
        JsonQuoted(site.type.empty() ? "run" : std::string_view(site.type)) +
        ",\"kind\":" + std::to_string(kSpanKindInternal) +
        ",\"startTimeUnixNano\":" + Time(run.begin) +
        ",\"endTimeUnixNano\":" + Time(run.end) + ",\"attributes\":[" +
        IntAttribute("weft.async_id", run.async_id) + ',' +
        IntAttribute("weft.trigger_async_id", run.trigger_async_id) + ',' +
        IntAttribute("thread.id", span.thread->system_id) + ',' +
        TextAttribute("thread.name", span.thread->name);
    if (!site.file.empty()) {
      json += ',' + TextAttribute("code.file.path", site.file) + ',' +
              IntAttribute("code.line.number", site.line) + ',' +
              TextAttribute("code.function.name", site.function);
    }
    for (const RecordedLabel& label : span.thread->LabelsOf(run)) {
      json += ',' + TextAttribute("weft.label." + label.name, label.text);
    }
    if (span.is_running)
      json += ',' + Attribute("weft.running", "boolValue", "true");
    json += ']';
    if (threw_.contains(run.async_id) && IsLastRun(span)) {
      json += ",\"status\":{\"code\":" + std::to_string(kStatusCodeError) + '}';
    }
    json += '}';
  }

  // What throws does not go on.
  bool IsLastRun(const Span& span) const {
    return runs_.find(span.run->async_id)->second.back().run == span.run;
  }

  const Recording& recording_;
  const OtlpOptions& options_;
  const std::uint64_t seed_;
  std::vector<Span> spans_;
  std::size_t left_out_ = 0;
  std::unordered_map<AsyncId, std::vector<Span>> runs_;  // by their begins
  std::unordered_map<AsyncId, AsyncId> triggers_;
  std::unordered_map<AsyncId, AsyncId> roots_;
  std::unordered_set<AsyncId> threw_;
};

}  // namespace

std::string OtlpJson(const Recording& recording, const OtlpOptions& options) {
  return Spans(recording, options).Write();
}

}  // namespace weft::observe
