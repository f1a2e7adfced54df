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
#include <span>
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
  // From queueing to run, of each task that has an arrow.
  std::vector<std::pair<nanoseconds, nanoseconds>> waits = {};
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

  // Viewers take events of one time in the order in which they stand here. The
  // end of an arrow leads to the next slice that begins, so ends stand before
  // the slices; an arrow comes from the slice that is open, so begins stand
  // behind.
  std::string Write() {
    for (Process& process : processes_) {
      Add(process);
      AddArrows(process);
      AddCounters(process);
    }
    AddMessages();
    std::string text = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
    const std::size_t first = text.size();
    for (std::string* const part : {&ends_, &slices_, &arrows_}) {
      text += *part;
      *part = {};
    }
    if (text.size() > first) text.erase(first, 1);  // the comma
    return text + "\n]}\n";
  }

 private:
  // More than a system gives.
  static constexpr std::int64_t kNumbersOfASystem = 10'000'000;
  // Into how many steps the time of a recording is divided for its counters.
  static constexpr std::int64_t kCounterSteps = 2000;

  // When a number changed, and by what.
  using Change = std::pair<nanoseconds, int>;

  static std::string RowName(const RecordedThread& thread) {
    std::string name = thread.name + ' ' + std::to_string(thread.system_id);
    if (thread.worker.executor != 0) {
      name += ", worker " + std::to_string(thread.worker.worker) +
              " of executor " + std::to_string(thread.worker.executor);
    }
    return name;
  }

  static const RecordedSite& SiteOf(const Process& process,
                                    const Record& record) {
    static const RecordedSite& unknown = *new RecordedSite{};
    const std::vector<RecordedSite>& sites = process.recording.sites;
    return record.site < sites.size() ? sites[record.site] : unknown;
  }

  // Returns the type and where it is made, by which viewers group slices.
  static std::string SliceName(const RecordedSite& site) {
    if (site.file.empty()) return site.type;
    return site.type + ' ' + site.file.substr(site.file.rfind('/') + 1) + ':' +
           std::to_string(site.line);
  }

  void Add(Process& process) {
    const Recording& recording = process.recording;
    Begin(slices_, "M", "process_name", process, 0, {});
    slices_ += ",\"args\":{\"name\":\"process " +
               std::to_string(recording.process_id) + "\"}}";
    for (std::size_t row = 0; row < recording.threads.size(); ++row) {
      const RecordedThread& thread = recording.threads[row];
      Begin(slices_, "M", "thread_name", process, row, {});
      slices_ += ",\"args\":{\"name\":" + JsonQuoted(RowName(thread)) + "}}";
      for (const Record& record : thread.records) {
        Add(process, record, row, false);
      }
      for (const Record& record : thread.running) {
        Add(process, record, row, true);
      }
    }
  }

  // Begins an event, which the caller ends. `time` is the process'.
  static void Begin(std::string& text, std::string_view phase,
                    std::string_view name, const Process& process,
                    std::size_t row, nanoseconds time) {
    text += ",\n{\"ph\":" + JsonQuoted(phase) +
            ",\"name\":" + JsonQuoted(name) +
            ",\"pid\":" + std::to_string(process.number) +
            ",\"tid\":" + std::to_string(row + 1) +
            ",\"ts\":" + Micros(time + process.later);
  }

  void Add(Process& process, const Record& record, std::size_t row,
           bool is_running) {
    const std::string_view kind = NameOf(record.kind);
    const bool is_message =
        record.kind == RecordKind::kSend || record.kind == RecordKind::kReceive;
    // An arrow needs a slice at which it begins.
    const bool is_mark = record.kind > RecordKind::kEnqueue && !is_message;
    const bool is_run = record.kind == RecordKind::kRun;
    const RecordedSite& site = SiteOf(process, record);
    Begin(slices_, is_mark ? "i" : "X",
          is_run && !site.type.empty() ? SliceName(site) : kind, process, row,
          record.begin);
    slices_ += is_mark ? ",\"s\":\"t\""
                       : ",\"dur\":" + Micros(record.end - record.begin);
    slices_ += ",\"cat\":" + JsonQuoted(kind) +
               ",\"args\":{\"id\":" + std::to_string(record.async_id) +
               ",\"trigger\":" + std::to_string(record.trigger_async_id);
    if (!site.type.empty()) slices_ += ",\"type\":" + JsonQuoted(site.type);
    if (!site.file.empty()) {
      slices_ += ",\"made at\":" +
                 JsonQuoted(site.file + ":" + std::to_string(site.line)) +
                 ",\"made in\":" + JsonQuoted(site.function);
    }
    if (record.kind == RecordKind::kSteal) {
      slices_ += ",\"from worker\":" + std::to_string(record.detail);
    } else if (record.kind == RecordKind::kDrop) {
      slices_ += ",\"reason\":" + JsonQuoted(DropReason(record.detail));
    } else if (is_message) {
      // A number of JSON has not so many bits.
      slices_ += ",\"message\":\"" + std::to_string(record.detail) + '"';
    }
    if (is_run) AddLabels(process.recording.threads[row].LabelsOf(record));
    if (is_running) slices_ += ",\"running\":true";
    slices_ += '}';
    const bool is_sleep =
        record.kind == RecordKind::kPark || record.kind == RecordKind::kWait;
    if (is_sleep) slices_ += ",\"cname\":\"grey\"";
    slices_ += '}';
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

  void AddLabels(std::span<const RecordedLabel> labels) {
    std::string_view before = ",\"labels\":{";
    for (const RecordedLabel& label : labels) {
      slices_ += before;
      slices_ += JsonQuoted(label.name) + ':' + JsonQuoted(label.text);
      before = ",";
    }
    if (!labels.empty()) slices_ += '}';
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
        const nanoseconds begun = std::max(submitted, to.record->begin);
        AddArrow("submit", "queue", SiteOf(process, *from.record).type,
                 {&process, from, submitted}, {&process, to, begun});
        process.waits.emplace_back(submitted, begun);
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
                 SiteOf(*from.process, *from.place.record).type,
                 {from.process, from.place, from.place.record->begin},
                 {to.process, to.place, to.place.record->begin});
      }
    }
  }

  // An arrow, and the wait between its ends. The times are the processes'.
  void AddArrow(std::string_view what, std::string_view wait,
                std::string_view type, const MessagePlace& from,
                const MessagePlace& to) {
    const std::string id = ",\"id\":" + std::to_string(++arrow_count_) + '}';
    const auto add = [&](std::string& text, std::string_view phase,
                         const MessagePlace& at, std::string_view category,
                         std::string_view more) {
      Begin(text, phase, type, *at.process, at.place.row, at.time);
      text += ",\"cat\":" + JsonQuoted(category);
      text += more;
      text += id;
    };
    const nanoseconds left = from.time + from.process->later;
    const nanoseconds came = to.time + to.process->later;
    const Record& run = *to.place.record;
    add(arrows_, "s", from, what, "");
    if (to.time == run.begin && left < came) {
      // To the next slice: at this moment the one before is open, too.
      add(ends_, "f", to, what, "");
    } else {
      MessagePlace inside = to;
      // Later than the end of the slice before, which may be this moment.
      if (to.time == run.begin && run.begin < run.end) ++inside.time;
      add(arrows_, "f", inside, what, ",\"bp\":\"e\"");
    }
    // Such a wait is of one process, and must not end before it begins.
    if (from.process != to.process || to.time < from.time) return;
    add(arrows_, "b", from, wait, "");
    MessagePlace end = to;
    end.place.row = from.place.row;
    add(arrows_, "e", end, wait, "");
  }

  // How many threads ran something, and how many of the tasks with an arrow
  // were queued, over time.
  void AddCounters(const Process& process) {
    std::vector<Change> running;
    for (const RecordedThread& thread : process.recording.threads) {
      std::vector<std::pair<nanoseconds, nanoseconds>> runs;
      for (const std::vector<Record>* const records :
           {&thread.records, &thread.running}) {
        for (const Record& record : *records) {
          if (record.kind != RecordKind::kRun) continue;
          runs.emplace_back(record.begin, record.end);
        }
      }
      std::sort(runs.begin(), runs.end());
      nanoseconds until = nanoseconds::min();
      for (const auto& [begin, end] : runs) {
        if (end <= until) continue;  // inside another
        running.emplace_back(std::max(begin, until), 1);
        running.emplace_back(end, -1);
        until = end;
      }
    }
    AddCounter("running threads", process, std::move(running));
    std::vector<Change> queued;
    for (const auto& [begin, end] : process.waits) {
      queued.emplace_back(begin, 1);
      queued.emplace_back(end, -1);
    }
    AddCounter("queued tasks", process, std::move(queued));
  }

  // Writes a number that begins with 0: the greatest that it was in each of
  // equal steps, where that changes.
  void AddCounter(std::string_view name, const Process& process,
                  std::vector<Change> changes) {
    if (changes.empty()) return;
    // At one moment, what ends comes before what begins.
    std::sort(changes.begin(), changes.end());
    const nanoseconds last = changes.back().first;
    const nanoseconds step =
        (last - changes.front().first) / kCounterSteps + nanoseconds(1);
    std::int64_t value = 0;
    std::int64_t written = -1;
    const auto write = [&](nanoseconds time, std::int64_t number) {
      if (number == std::exchange(written, number)) return;
      Begin(arrows_, "C", name, process, 0, time);
      arrows_ += ",\"args\":{\"count\":" + std::to_string(number) + "}}";
    };
    auto next = changes.begin();
    for (nanoseconds begin = changes.front().first; begin <= last;
         begin += step) {
      std::int64_t greatest = value;
      for (; next != changes.end() && next->first < begin + step; ++next) {
        value += next->second;
        greatest = std::max(greatest, value);
      }
      write(begin, greatest);
    }
    write(last + nanoseconds(1), value);
  }

  std::deque<Process> processes_;
  std::string ends_;
  std::string slices_;
  std::string arrows_;
  std::size_t arrow_count_ = 0;
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
