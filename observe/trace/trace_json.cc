// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/trace/trace_json.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <iterator>
#include <map>
#include <set>
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
    case RecordKind::kSend:
      return "send";
    case RecordKind::kReceive:
      return "receive";
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

// What is written of one process.
struct Process {
  const Recording& recording;
  std::int64_t number;  // that it bears in the trace
  nanoseconds later{};  // its start after that of the first process
  std::map<AsyncId, std::vector<Place>> runs = {};
  std::vector<Place> queued = {};
};

// A message that was sent, or has come.
struct MessagePlace {
  const Process* process;
  Place place;
  nanoseconds time;  // in the trace
};

class Trace {
 public:
  explicit Trace(const std::vector<const Recording*>& recordings) {
    std::chrono::system_clock::time_point first =
        std::chrono::system_clock::time_point::max();
    for (const Recording* const one : recordings) {
      first = std::min(first, one->start);
    }
    std::set<std::int64_t> numbers;
    for (const Recording* const one : recordings) {
      // Two machines may give the same one, and one machine again.
      std::int64_t number = one->process_id;
      while (!numbers.insert(number).second) number += kNumbersOfASystem;
      processes_.push_back({*one, number, one->start - first});
    }
  }

  std::string Write() {
    text_ = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
    for (Process& process : processes_) Add(process);
    AddMessages();
    return std::move(text_) + "\n]}\n";
  }

 private:
  // More than a system gives.
  static constexpr std::int64_t kNumbersOfASystem = 10'000'000;

  static std::string RowName(const RecordedThread& thread) {
    std::string name;
    if (thread.worker.executor != 0) {
      name = "worker " + std::to_string(thread.worker.worker) +
             " of executor " + std::to_string(thread.worker.executor) + ", ";
    }
    return name + thread.name + " " + std::to_string(thread.system_id);
  }

  static std::string_view TypeOf(const Process& process, const Record& record) {
    const std::vector<RecordedSite>& sites = process.recording.sites;
    return record.site < sites.size()
               ? std::string_view(sites[record.site].type)
               : std::string_view();
  }

  void Add(Process& process) {
    const Recording& recording = process.recording;
    Begin("M", "process_name", process, 0, {});
    text_ += ",\"args\":{\"name\":\"process " +
             std::to_string(recording.process_id) + "\"}}";
    for (std::size_t row = 0; row < recording.threads.size(); ++row) {
      const RecordedThread& thread = recording.threads[row];
      Begin("M", "thread_name", process, row, {});
      text_ += ",\"args\":{\"name\":" + JsonQuoted(RowName(thread)) + "}}";
      for (const Record& record : thread.records) {
        Add(process, record, row, false);
      }
      for (const Record& record : thread.running) {
        Add(process, record, row, true);
      }
    }
    AddArrows(process);
  }

  // Begins an event, which the caller ends. `time` is the process'.
  void Begin(std::string_view phase, std::string_view name,
             const Process& process, std::size_t row, nanoseconds time) {
    text_ += is_first_ ? "\n{" : ",\n{";
    is_first_ = false;
    text_ += "\"ph\":" + JsonQuoted(phase) + ",\"name\":" + JsonQuoted(name) +
             ",\"pid\":" + std::to_string(process.number) +
             ",\"tid\":" + std::to_string(row + 1) +
             ",\"ts\":" + Micros(time + process.later);
  }

  void Add(Process& process, const Record& record, std::size_t row,
           bool is_running) {
    const Recording& recording = process.recording;
    const std::string_view kind = NameOf(record.kind);
    const bool is_message =
        record.kind == RecordKind::kSend || record.kind == RecordKind::kReceive;
    // An arrow needs a slice at which it begins.
    const bool is_mark = record.kind > RecordKind::kEnqueue && !is_message;
    const bool is_run = record.kind == RecordKind::kRun;
    const std::string_view type = TypeOf(process, record);
    Begin(is_mark ? "i" : "X", is_run && !type.empty() ? type : kind, process,
          row, record.begin);
    text_ += is_mark ? ",\"s\":\"t\""
                     : ",\"dur\":" + Micros(record.end - record.begin);
    text_ += ",\"cat\":" + JsonQuoted(kind) +
             ",\"args\":{\"id\":" + std::to_string(record.async_id) +
             ",\"trigger\":" + std::to_string(record.trigger_async_id);
    if (!is_run && !type.empty()) text_ += ",\"type\":" + JsonQuoted(type);
    if (record.site < recording.sites.size() &&
        !recording.sites[record.site].file.empty()) {
      const RecordedSite& site = recording.sites[record.site];
      text_ += ",\"made at\":" +
               JsonQuoted(site.file + ":" + std::to_string(site.line)) +
               ",\"made in\":" + JsonQuoted(site.function);
    }
    if (record.kind == RecordKind::kSteal) {
      text_ += ",\"from worker\":" + std::to_string(record.detail);
    } else if (record.kind == RecordKind::kDrop) {
      text_ += ",\"reason\":" + JsonQuoted(DropReason(record.detail));
    } else if (is_message) {
      // A number of JSON has not so many bits.
      text_ += ",\"message\":\"" + std::to_string(record.detail) + '"';
    }
    if (is_running) text_ += ",\"running\":true";
    text_ += "}}";
    if (is_run) {
      process.runs[record.async_id].push_back({&record, row});
    } else if (record.kind == RecordKind::kEnqueue) {
      process.queued.push_back({&record, row});
    } else if (is_message) {
      auto& messages = record.kind == RecordKind::kSend ? sent_ : received_;
      messages[record.detail].push_back(
          {&process, {&record, row}, record.begin + process.later});
    }
  }

  void AddArrows(Process& process) {
    const auto by_begin = [](const Place& a, const Place& b) {
      return a.record->begin < b.record->begin;
    };
    for (auto& [id, runs] : process.runs) {
      std::sort(runs.begin(), runs.end(), by_begin);
    }
    std::sort(process.queued.begin(), process.queued.end(), by_begin);
    for (const Place& from : process.queued) {
      const auto runs = process.runs.find(from.record->async_id);
      if (runs == process.runs.end()) continue;
      // The first that no arrow leads to yet, and that has not ended by then.
      // It may have begun, and ended, before the submission has returned.
      for (Place& to : runs->second) {
        if (to.is_led_to || to.record->end < from.record->begin) continue;
        to.is_led_to = true;
        const nanoseconds submitted = std::max(
            from.record->begin, std::min(from.record->end, to.record->begin));
        AddArrow("submit", "queue", TypeOf(process, *from.record),
                 {&process, from, submitted},
                 {&process, to, std::max(submitted, to.record->begin)});
        break;
      }
    }
  }

  // From each message that has come back to that which was sent last by then.
  void AddMessages() {
    const auto by_time = [](const MessagePlace& a, const MessagePlace& b) {
      return a.time < b.time;
    };
    for (auto& [id, received] : received_) {
      const auto found = sent_.find(id);
      if (found == sent_.end()) continue;
      std::vector<MessagePlace>& sent = found->second;
      std::sort(sent.begin(), sent.end(), by_time);
      for (const MessagePlace& to : received) {
        const auto after =
            std::upper_bound(sent.begin(), sent.end(), to, by_time);
        // By clocks that do not agree the first may be sent later.
        const MessagePlace& from =
            after == sent.begin() ? sent.front() : *std::prev(after);
        AddArrow("message", "on its way",
                 TypeOf(*from.process, *from.place.record),
                 {from.process, from.place, from.place.record->begin},
                 {to.process, to.place, to.place.record->begin});
      }
    }
  }

  // An arrow, and the wait between its ends. The times are the processes'.
  void AddArrow(std::string_view what, std::string_view wait,
                std::string_view type, const MessagePlace& from,
                const MessagePlace& to) {
    const std::string id = ",\"id\":" + std::to_string(++arrows_);
    const auto add = [&](std::string_view phase, const MessagePlace& at,
                         std::string_view category, std::string_view more) {
      Begin(phase, type, *at.process, at.place.row, at.time);
      text_ +=
          ",\"cat\":" + JsonQuoted(category) + std::string(more) + id + "}";
    };
    add("s", from, what, "");
    add("f", to, what, ",\"bp\":\"e\"");
    // Such a wait is of one process, and must not end before it begins.
    if (from.process != to.process || to.time < from.time) return;
    add("b", from, wait, "");
    MessagePlace end = to;
    end.place.row = from.place.row;
    add("e", end, wait, "");
  }

  std::deque<Process> processes_;
  std::string text_;
  bool is_first_ = true;
  std::size_t arrows_ = 0;
  std::map<std::uint64_t, std::vector<MessagePlace>> sent_;
  std::map<std::uint64_t, std::vector<MessagePlace>> received_;
};

}  // namespace

std::string TraceJson(const Recording& recording) {
  return Trace({&recording}).Write();
}

std::string TraceJson(const std::vector<Recording>& recordings) {
  std::vector<const Recording*> all;
  all.reserve(recordings.size());
  for (const Recording& one : recordings) all.push_back(&one);
  return Trace(all).Write();
}

}  // namespace weft::observe
