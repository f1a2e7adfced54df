// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/trace/trace_json.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/hooks/async_id.h"
#include "weft/observe/internal/text.h"

namespace weft::observe {
namespace {

using observe_internal::JsonQuoted;
using std::chrono::nanoseconds;

std::string Micros(nanoseconds time) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%lld.%03lld",
                static_cast<long long>(time.count() / 1000),
                static_cast<long long>(time.count() % 1000));
  return text.data();
}

std::string_view NameOf(RecordKind kind) {
  switch (kind) {
    case RecordKind::kRun:
      return "run";
    case RecordKind::kPark:
      return "parked";
    case RecordKind::kWait:
      return "waits";
    case RecordKind::kEnqueue:
      return "queue";
    case RecordKind::kSteal:
      return "steal";
    case RecordKind::kDrop:
      return "drop";
    case RecordKind::kThrow:
      return "throw";
    case RecordKind::kInit:
      return "init";
    case RecordKind::kSettle:
      return "settle";
    case RecordKind::kDestroy:
      return "destroy";
  }
  return "unknown";  // of a damaged file
}

std::string_view DropReason(std::uint64_t detail) {
  constexpr std::array<std::string_view, 4> kReasons{"cancelled", "deadline",
                                                     "refused", "broken"};
  return detail < kReasons.size() ? kReasons[detail] : "unknown";
}

// Where a record stands.
struct Place {
  const Record* record;
  std::size_t row;
  bool is_led_to = false;  // by an arrow
};

class Trace {
 public:
  explicit Trace(const Recording& recording) : recording_(recording) {}

  std::string Write() {
    text_ = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
    Begin("M", "process_name", 0, {});
    text_ += ",\"args\":{\"name\":\"process " +
             std::to_string(recording_.process_id) + "\"}}";
    for (std::size_t row = 0; row < recording_.threads.size(); ++row) {
      const RecordedThread& thread = recording_.threads[row];
      Begin("M", "thread_name", row, {});
      text_ += ",\"args\":{\"name\":" + JsonQuoted(RowName(thread)) + "}}";
      for (const Record& record : thread.records) Add(record, row, false);
      for (const Record& record : thread.running) Add(record, row, true);
    }
    AddArrows();
    return std::move(text_) + "\n]}\n";
  }

 private:
  static std::string RowName(const RecordedThread& thread) {
    std::string name;
    if (thread.worker.executor != 0) {
      name = "worker " + std::to_string(thread.worker.worker) +
             " of executor " + std::to_string(thread.worker.executor) + ", ";
    }
    return name + thread.name + " " + std::to_string(thread.system_id);
  }

  std::string_view TypeOf(const Record& record) const {
    return record.site < recording_.sites.size()
               ? std::string_view(recording_.sites[record.site].type)
               : std::string_view();
  }

  // Begins an event, which the caller ends.
  void Begin(std::string_view phase, std::string_view name, std::size_t row,
             nanoseconds time) {
    text_ += is_first_ ? "\n{" : ",\n{";
    is_first_ = false;
    text_ += "\"ph\":" + JsonQuoted(phase) + ",\"name\":" + JsonQuoted(name) +
             ",\"pid\":" + std::to_string(recording_.process_id) +
             ",\"tid\":" + std::to_string(row + 1) + ",\"ts\":" + Micros(time);
  }

  void Add(const Record& record, std::size_t row, bool is_running) {
    const std::string_view kind = NameOf(record.kind);
    const bool is_mark = record.kind > RecordKind::kEnqueue;
    const bool is_run = record.kind == RecordKind::kRun;
    const std::string_view type = TypeOf(record);
    Begin(is_mark ? "i" : "X", is_run && !type.empty() ? type : kind, row,
          record.begin);
    text_ += is_mark ? ",\"s\":\"t\""
                     : ",\"dur\":" + Micros(record.end - record.begin);
    text_ += ",\"cat\":" + JsonQuoted(kind) +
             ",\"args\":{\"id\":" + std::to_string(record.async_id) +
             ",\"trigger\":" + std::to_string(record.trigger_async_id);
    if (!is_run && !type.empty()) text_ += ",\"type\":" + JsonQuoted(type);
    if (record.site < recording_.sites.size() &&
        !recording_.sites[record.site].file.empty()) {
      const RecordedSite& site = recording_.sites[record.site];
      text_ += ",\"made at\":" +
               JsonQuoted(site.file + ":" + std::to_string(site.line)) +
               ",\"made in\":" + JsonQuoted(site.function);
    }
    if (record.kind == RecordKind::kSteal) {
      text_ += ",\"from worker\":" + std::to_string(record.detail);
    } else if (record.kind == RecordKind::kDrop) {
      text_ += ",\"reason\":" + JsonQuoted(DropReason(record.detail));
    }
    if (is_running) text_ += ",\"running\":true";
    text_ += "}}";
    if (is_run) {
      runs_[record.async_id].push_back({&record, row});
    } else if (record.kind == RecordKind::kEnqueue) {
      queued_.push_back({&record, row});
    }
  }

  void AddArrows() {
    for (auto& [id, runs] : runs_) {
      std::sort(runs.begin(), runs.end(), [](const Place& a, const Place& b) {
        return a.record->begin < b.record->begin;
      });
    }
    std::sort(queued_.begin(), queued_.end(),
              [](const Place& a, const Place& b) {
                return a.record->begin < b.record->begin;
              });
    std::size_t count = 0;
    for (const Place& from : queued_) {
      const auto runs = runs_.find(from.record->async_id);
      if (runs == runs_.end()) continue;
      // The first that no arrow leads to yet, and that has not ended by then.
      // It may have begun, and ended, before the submission has returned.
      for (Place& to : runs->second) {
        if (to.is_led_to || to.record->end < from.record->begin) continue;
        to.is_led_to = true;
        AddArrow(++count, from, to);
        break;
      }
    }
  }

  void AddArrow(std::size_t number, const Place& from, const Place& to) {
    const nanoseconds submitted = std::max(
        from.record->begin, std::min(from.record->end, to.record->begin));
    const nanoseconds begin = std::max(submitted, to.record->begin);
    const std::string id = ",\"id\":" + std::to_string(number);
    const std::string_view type = TypeOf(*from.record);
    Begin("s", type, from.row, submitted);
    text_ += ",\"cat\":\"submit\"" + id + "}";
    Begin("f", type, to.row, begin);
    text_ += ",\"cat\":\"submit\",\"bp\":\"e\"" + id + "}";
    Begin("b", type, from.row, submitted);
    text_ += ",\"cat\":\"queue\"" + id + "}";
    Begin("e", type, from.row, begin);
    text_ += ",\"cat\":\"queue\"" + id + "}";
  }

  const Recording& recording_;
  std::string text_;
  bool is_first_ = true;
  std::map<AsyncId, std::vector<Place>> runs_;
  std::vector<Place> queued_;
};

}  // namespace

std::string TraceJson(const Recording& recording) {
  return Trace(recording).Write();
}

}  // namespace weft::observe
