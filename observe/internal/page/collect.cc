// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/page/collect.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "weft/hooks/async_backtrace.h"
#include "weft/hooks/async_id.h"
#include "weft/observe/internal/text.h"

namespace weft::observe_internal {
namespace {

using observe::Level;
using observe::Record;
using observe::RecordedSite;
using observe::RecordedThread;
using observe::Recording;
using observe::RecordKind;
using observe::TimeHistogram;
using std::chrono::nanoseconds;

// The most bytes of a place, a name of a file with a line.
constexpr std::size_t kMaxPlace = 60;

std::string Clean(std::string_view text) { return CleanText(text, kMaxText); }

nanoseconds LengthOf(const Record& record) { return record.end - record.begin; }

void Add(nanoseconds time, TimeHistogram& times) {
  const auto width = static_cast<std::size_t>(std::bit_width(
      static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0))));
  ++times.counts[std::min(width, times.counts.size() - 1)];
  times.sum += time;
}

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kOff:
      return "off";
    case Level::kCounters:
      return "counters";
    case Level::kFlight:
      return "flight";
    case Level::kFull:
      return "full";
  }
  return "";
}

// What was recorded of the resources of one site in the window.
struct SiteFacts {
  std::uint64_t runs = 0;
  double per_second = 0;
  TimeHistogram run_time{};
  nanoseconds longest{};
  std::uint64_t threw = 0;
  std::uint64_t dropped = 0;
  std::uint64_t stolen = 0;
};

// A resource that was queued and, as far as is known, has neither run since nor
// been dropped.
struct Waiting {
  const Record* queued;
  bool has_left = false;
};

// The greatest count first, then by what is counted.
template <typename Counts>
void SortByCount(Counts& counts) {
  std::sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
}

class Collector {
 public:
  explicit Collector(const Observed& observed)
      : observed_(observed), recording_(observed.recording) {}

  Page Write() {
    Page page{CleanText(observed_.title, kMaxText), {}, {}};
    FindSites();
    page.tables.push_back(Executors());
    page.tables.push_back(Queues());
    page.tables.push_back(Threads());  // reads the records into sites_
    page.tables.push_back(Sites());
    page.tables.push_back(Submissions(page.graph));
    page.tables.push_back(WaitingTasks());
    page.tables.push_back(Retained());
    if (!observed_.metrics.empty()) page.tables.push_back(Metrics());
    page.tables.push_back(Reports());
    page.tables.push_back(Recorder());
    return page;
  }

 private:
  nanoseconds window_begin() const {
    return std::max(nanoseconds(0), observed_.now - observed_.window);
  }
  bool IsInWindow(const Record& record) const {
    return record.end >= window_begin();
  }
  // Since when all is there that the thread has recorded.
  static nanoseconds WholeSince(const RecordedThread& thread) {
    if (thread.overwritten == 0 && thread.damaged == 0) return nanoseconds(0);
    return thread.records.empty() ? nanoseconds::max()
                                  : thread.records.front().end;
  }

  std::string TypeOf(std::size_t site) const {
    if (site == 0 || site >= recording_.sites.size()) return "";
    return Clean(recording_.sites[site].type);
  }
  std::string PlaceOf(std::size_t site) const {
    if (site == 0 || site >= recording_.sites.size()) return "";
    const RecordedSite& found = recording_.sites[site];
    if (found.file.empty()) return "";
    return PlaceOf(found.file, found.line);
  }
  static std::string PlaceOf(const AsyncSite& site) {
    if (site.where.line() == 0) return "";
    return PlaceOf(site.where.file_name(), site.where.line());
  }
  static std::string PlaceOf(std::string_view file, std::uint_least32_t line) {
    // The end of a path tells more than its beginning.
    if (file.size() > kMaxPlace) file.remove_prefix(file.size() - kMaxPlace);
    return Clean(file) + ':' + std::to_string(line);
  }
  std::string NameOf(std::uint64_t executor) const {
    if (executor == 0) return "";
    for (const ExecutorSample& one : observed_.executors) {
      if (one.now.number == executor) return Clean(one.name);
    }
    return "executor " + std::to_string(executor);
  }
  std::string_view NoRecordsNote() const {
    if (observed_.level < Level::kFlight) {
      return "Nothing is recorded: the level is below kFlight "
             "(StartFlightRecorder, SetLevel).";
    }
    return "Nothing was recorded in this time.";
  }
  void Finish(Table& table, std::string_view if_empty) const {
    if (table.rows.empty()) table.note = if_empty;
    if (table.rows.size() <= kMaxRows) return;
    table.left_out = table.rows.size() - kMaxRows;
    table.rows.resize(kMaxRows);
  }

  // The site of each resource that a record names.
  void FindSites() {
    for (const RecordedThread& thread : recording_.threads) {
      for (const std::vector<Record>* const records :
           {&thread.records, &thread.running}) {
        for (const Record& record : *records) {
          if (record.async_id != kNoAsyncId && record.site != 0) {
            site_of_.emplace(record.async_id, record.site);
          }
        }
      }
    }
  }

  Table Executors() const {
    Table table{"executors",
                "Executors",
                "",
                {{"executor", "Executor"},
                 {"pending", "Pending"},
                 {"timers", "Timers"},
                 {"running", "Running"},
                 {"searching", "Searching"},
                 {"idle", "Idle"},
                 {"blocked", "Blocked"},
                 {"spare", "Spare"},
                 {"runs", "Runs"},
                 {"runs_per_second", "Runs/s"},
                 {"queue_wait", "Queued for"},
                 {"oldest_wait_seconds", "Oldest waits"},
                 {"run_time", "Ran for"},
                 {"threw", "Threw"},
                 {"stolen", "Stolen"},
                 {"cancelled", "Cancelled"},
                 {"expired", "Expired"},
                 {"refused", "Refused"}}};
    const auto number = [](auto count) {
      return static_cast<std::uint64_t>(count);
    };
    for (const ExecutorSample& one : observed_.executors) {
      const ThreadStats& threads = one.now.threads;
      Cell rate;
      if (one.runs_per_second) rate = Rate{*one.runs_per_second};
      table.rows.push_back(
          {Clean(one.name), number(one.now.pending), number(one.now.timers),
           number(threads.running), number(threads.searching),
           number(threads.idle), number(threads.blocked),
           number(threads.spare_threads), one.now.ran, rate,
           one.tasks.queue_wait, one.tasks.oldest_wait, one.tasks.run_time,
           one.tasks.threw, one.tasks.stolen, number(one.now.dropped.cancelled),
           number(one.now.dropped.expired), number(one.now.dropped.refused)});
    }
    Finish(table, "The program shows none.");
    return table;
  }

  // What executors were offered, and where what they have accepted waits.
  Table Queues() const {
    Table table{"queues",
                "Offered and queued tasks",
                "",
                {{"executor", "Executor"},
                 {"accepted", "Accepted"},
                 {"rejected", "Rejected"},
                 {"expired_holds", "Expired holds"},
                 {"held", "Held"},
                 {"forked", "Forked"},
                 {"taken", "Taken"},
                 {"submitted", "Submitted"},
                 {"set_aside", "Set aside"},
                 {"timers", "Timers"}}};
    for (const ExecutorSample& one : observed_.executors) {
      const QueuedTasks& queued = one.now.queued;
      std::vector<Cell> row{Clean(one.name), one.now.accepted, one.now.rejected,
                            one.now.expired_holds};
      for (const std::size_t count :
           {queued.held, queued.forked, queued.taken, queued.submitted,
            queued.set_aside, one.now.timers}) {
        row.emplace_back(static_cast<std::uint64_t>(count));
      }
      table.rows.push_back(std::move(row));
    }
    Finish(table, "The program shows none.");
    return table;
  }

  // Reads the records of a thread into sites_; returns how long it ran
  // something, without what it slept in waits, and how often.
  std::pair<nanoseconds, std::uint64_t> ReadThread(const RecordedThread& thread,
                                                   double seconds) {
    nanoseconds busy{};
    std::uint64_t runs = 0;
    // Backwards: what is outermost comes before what is inside it.
    nanoseconds outer_begin = nanoseconds::max();
    const auto count_outermost = [&](const Record& run) {
      if (run.end > outer_begin) return;
      outer_begin = run.begin;
      busy += run.end - std::max(run.begin, window_begin());
    };
    if (!thread.running.empty()) count_outermost(thread.running.front());
    for (auto it = thread.records.rbegin(); it != thread.records.rend(); ++it) {
      if (!IsInWindow(*it)) break;
      SiteFacts& site = sites_[it->site];
      switch (it->kind) {
        case RecordKind::kRun:
          count_outermost(*it);
          ++runs;
          ++site.runs;
          site.per_second += 1 / seconds;
          Add(LengthOf(*it), site.run_time);
          site.longest = std::max(site.longest, LengthOf(*it));
          break;
        case RecordKind::kWait:
          busy -= it->end - std::max(it->begin, window_begin());
          break;
        case RecordKind::kSteal:
          ++site.stolen;
          break;
        case RecordKind::kDrop:
          ++site.dropped;
          break;
        case RecordKind::kThrow:
          ++site.threw;
          break;
        case RecordKind::kPark:
        case RecordKind::kEnqueue:
        case RecordKind::kInit:
        case RecordKind::kSettle:
        case RecordKind::kDestroy:
        case RecordKind::kSend:
        case RecordKind::kReceive:
          break;
      }
    }
    return {std::max(busy, nanoseconds(0)), runs};
  }

  Table Threads() {
    Table table{"threads",
                "Threads, and what they run",
                "",
                {{"thread", "Thread"},
                 {"system_id", "System id"},
                 {"worker", "Worker"},
                 {"runs_type", "Runs"},
                 {"runs_place", "Made at"},
                 {"runs_id", "Id"},
                 {"for_seconds", "For"},
                 {"inside", "Inside"},
                 {"busy", "Busy"},
                 {"runs_per_second", "Runs/s"}}};
    for (const RecordedThread& thread : recording_.threads) {
      const nanoseconds since = std::max(window_begin(), WholeSince(thread));
      const std::chrono::duration<double> covered =
          std::max(observed_.now - since, nanoseconds(1'000));
      const auto [busy, runs] = ReadThread(thread, covered.count());
      const bool is_silent =
          thread.records.empty() || !IsInWindow(thread.records.back());
      // It may have ended.
      if (thread.running.empty() && is_silent) continue;
      std::vector<Cell> row{Clean(thread.name), Name{thread.system_id},
                            WorkerOf(thread)};
      AddRunning(thread, row);
      const std::chrono::duration<double> busy_seconds = busy;
      row.emplace_back(
          Share{std::min(1.0, busy_seconds.count() / covered.count())});
      row.emplace_back(Rate{static_cast<double>(runs) / covered.count()});
      table.rows.push_back(std::move(row));
    }
    Finish(table, NoRecordsNote());
    return table;
  }

  Cell WorkerOf(const RecordedThread& thread) const {
    if (thread.worker.executor == 0) return {};
    return NameOf(thread.worker.executor) + " #" +
           std::to_string(thread.worker.worker);
  }

  void AddRunning(const RecordedThread& thread, std::vector<Cell>& row) const {
    if (thread.running.empty()) {
      row.resize(row.size() + 5);
      return;
    }
    const Record& inner = thread.running.back();
    row.emplace_back(TypeOf(inner.site));
    row.emplace_back(PlaceOf(inner.site));
    row.emplace_back(Name{inner.async_id});
    row.emplace_back(LengthOf(inner));
    std::string around;
    for (std::size_t i = thread.running.size() - 1; i > 0; --i) {
      around +=
          (around.empty() ? "" : ", ") + TypeOf(thread.running[i - 1].site);
    }
    row.emplace_back(Clean(around));
  }

  Table Sites() const {
    Table table{"sites",
                "What runs, by where it was made",
                "",
                {{"type", "Type"},
                 {"place", "Made at"},
                 {"runs_per_second", "Runs/s"},
                 {"runs", "Runs"},
                 {"run_time", "Ran for"},
                 {"longest_seconds", "Longest"},
                 {"threw", "Threw"},
                 {"dropped", "Dropped"},
                 {"stolen", "Stolen"},
                 {"function", "In"}}};
    std::vector<std::pair<std::size_t, const SiteFacts*>> sorted;
    for (const auto& [site, facts] : sites_) {
      if (facts.runs + facts.threw + facts.dropped + facts.stolen == 0)
        continue;
      sorted.emplace_back(site, &facts);
    }
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      return std::pair(-a.second->per_second, a.first) <
             std::pair(-b.second->per_second, b.first);
    });
    for (const auto& [site, facts] : sorted) {
      const std::string type = TypeOf(site);
      const bool is_known = site != 0 && site < recording_.sites.size();
      table.rows.push_back(
          {type.empty() ? "not known" : type, PlaceOf(site),
           Rate{facts->per_second}, facts->runs, facts->run_time,
           facts->longest, facts->threw, facts->dropped, facts->stolen,
           is_known ? Clean(recording_.sites[site].function) : std::string()});
    }
    Finish(table, NoRecordsNote());
    return table;
  }

  // Who has submitted whom: by sites, each task once. 0 stands for what is no
  // task, or not recorded.
  Table Submissions(Graph& graph) const {
    std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> edges;
    std::map<std::size_t, std::uint64_t> nodes;
    std::unordered_set<AsyncId> seen;
    const auto count = [&](const Record& record) {
      if (record.kind != RecordKind::kRun &&
          record.kind != RecordKind::kEnqueue) {
        return;
      }
      if (record.site == 0 || !IsInWindow(record)) return;
      if (!seen.insert(record.async_id).second) return;
      const auto maker = site_of_.find(record.trigger_async_id);
      const std::size_t from = maker == site_of_.end() ? 0 : maker->second;
      ++edges[{from, record.site}];
      ++nodes[record.site];
      nodes.try_emplace(from, 0);
    };
    for (const RecordedThread& thread : recording_.threads) {
      for (const Record& record : thread.records) count(record);
      for (const Record& record : thread.running) count(record);
    }
    Draw(nodes, edges, graph);
    Table table{"submissions",
                "Who submitted whom",
                "",
                {{"from_type", "From"},
                 {"from_place", "Made at"},
                 {"to_type", "To"},
                 {"to_place", "Made at"},
                 {"tasks", "Tasks"}}};
    std::vector<std::pair<std::pair<std::size_t, std::size_t>, std::uint64_t>>
        sorted(edges.begin(), edges.end());
    SortByCount(sorted);
    for (const auto& [edge, tasks] : sorted) {
      table.rows.push_back({NodeType(edge.first), PlaceOf(edge.first),
                            NodeType(edge.second), PlaceOf(edge.second),
                            tasks});
    }
    Finish(table, NoRecordsNote());
    return table;
  }

  std::string NodeType(std::size_t site) const {
    return site == 0 ? "no task, or not recorded" : TypeOf(site);
  }

  // The nodes with the most tasks, and what is between them.
  void Draw(
      const std::map<std::size_t, std::uint64_t>& nodes,
      const std::map<std::pair<std::size_t, std::size_t>, std::uint64_t>& edges,
      Graph& graph) const {
    std::vector<std::pair<std::size_t, std::uint64_t>> sorted(nodes.begin(),
                                                              nodes.end());
    SortByCount(sorted);
    if (sorted.size() > kMaxNodes) sorted.resize(kMaxNodes);
    std::map<std::size_t, std::size_t> node_of;
    for (const auto& [site, tasks] : sorted) {
      node_of[site] = graph.nodes.size();
      graph.nodes.push_back({NodeType(site), PlaceOf(site), tasks});
    }
    for (const auto& [edge, tasks] : edges) {
      const auto from = node_of.find(edge.first);
      const auto to = node_of.find(edge.second);
      if (from == node_of.end() || to == node_of.end()) continue;
      graph.edges.push_back({from->second, to->second, tasks});
    }
  }

  Table WaitingTasks() const {
    Table table{
        "waiting",
        "Oldest waiting tasks",
        observed_.level == Level::kFull ? "" : "Of 1 task in 8, by its id.",
        {{"type", "Type"},
         {"place", "Made at"},
         {"executor", "Queued in"},
         {"id", "Id"},
         {"by_type", "Submitted by"},
         {"for_seconds", "For"}}};
    // Of what was queued before this, a run may have been written over.
    nanoseconds whole_since{};
    for (const RecordedThread& thread : recording_.threads) {
      whole_since = std::max(whole_since, WholeSince(thread));
    }
    std::unordered_map<AsyncId, Waiting> waiting;
    for (const RecordedThread& thread : recording_.threads) {
      for (const Record& record : thread.records) {
        if (record.kind != RecordKind::kEnqueue || record.begin < whole_since) {
          continue;
        }
        Waiting& one = waiting[record.async_id];
        if (one.queued == nullptr || one.queued->begin < record.begin) {
          one.queued = &record;
        }
      }
    }
    const auto leave = [&](const Record& record) {
      if (record.kind != RecordKind::kRun && record.kind != RecordKind::kDrop) {
        return;
      }
      const auto found = waiting.find(record.async_id);
      if (found == waiting.end()) return;
      if (record.end >= found->second.queued->begin) {
        found->second.has_left = true;
      }
    };
    for (const RecordedThread& thread : recording_.threads) {
      for (const Record& record : thread.records) leave(record);
      for (const Record& record : thread.running) leave(record);
    }
    std::vector<const Record*> sorted;
    for (const auto& [id, one] : waiting) {
      if (!one.has_left) sorted.push_back(one.queued);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const Record* a, const Record* b) {
                return std::pair(a->begin, a->async_id) <
                       std::pair(b->begin, b->async_id);
              });
    for (const Record* const one : sorted) {
      const auto maker = site_of_.find(one->trigger_async_id);
      table.rows.push_back(
          {TypeOf(one->site), PlaceOf(one->site), NameOf(one->detail),
           Name{one->async_id},
           maker == site_of_.end() ? Cell() : Cell(TypeOf(maker->second)),
           std::max(observed_.now - one->begin, nanoseconds(0))});
    }
    Finish(table, observed_.level < Level::kFlight
                      ? NoRecordsNote()
                      : std::string_view("None that is recorded."));
    return table;
  }

  // Who keeps which stores; no text of a store is in it.
  Table Retained() const {
    const observe::Retention& retention = observed_.retention;
    std::string note;
    if (retention.one_in > 1) {
      note = "Of 1 holder in " + std::to_string(retention.one_in) + '.';
    }
    if (retention.missed > 0) {
      note += (note.empty() ? "" : " ") + std::to_string(retention.missed) +
              " found no room.";
    }
    Table table{"retention",
                "Stores, and what keeps them",
                note,
                {{"storage", "Storage"},
                 {"stores", "Stores"},
                 {"contexts", "Contexts"},
                 {"holder", "Holder"},
                 {"holders", "Holders"},
                 {"type", "Type"},
                 {"place", "Made at"},
                 {"by_type", "By"},
                 {"by_place", "Made at"},
                 {"oldest_seconds", "Oldest for"},
                 {"oldest_id", "Oldest id"}}};
    for (const observe::RetainedStorage& storage : retention.storages) {
      std::string name = Clean(storage.name);
      if (!storage.is_bound) {
        name = "disabled or gone";
      } else if (name.empty()) {
        name = "without a name";
      }
      for (const observe::RetainedSite& site : storage.sites) {
        Cell type, place, by_type, by_place, id;
        if (!site.backtrace.empty()) {
          type = Clean(site.backtrace.site().type);
          place = PlaceOf(site.backtrace.site());
        }
        if (const AsyncBacktrace cause = site.backtrace.cause();
            !cause.empty()) {
          by_type = Clean(cause.site().type);
          by_place = PlaceOf(cause.site());
        }
        if (site.oldest_async_id != kNoAsyncId) id = Name{site.oldest_async_id};
        table.rows.push_back({name, storage.stores, storage.contexts,
                              std::string(observe::HolderKindName(site.kind)),
                              site.holders, type, place, by_type, by_place,
                              site.oldest, id});
      }
    }
    Finish(table, retention.one_in == 0
                      ? "Nothing is known: it takes StartRetention, and at "
                        "least kFlight."
                      : "None that is known.");
    return table;
  }

  Table Reports() const {
    Table table{"reports", "Reports", "", {{"report", "Report"}}};
    for (std::string_view report : observed_.reports) {
      while (!report.empty()) {
        const std::string_view line = report.substr(0, report.find('\n'));
        table.rows.push_back({Clean(line)});
        report.remove_prefix(std::min(line.size() + 1, report.size()));
      }
    }
    Finish(table, "None.");
    return table;
  }

  // What the program has of its own, such as of its jobs.
  Table Metrics() const {
    Table table{"metrics",
                "Metrics of the program",
                "",
                {{"metric", "Metric"},
                 {"labels", "Of"},
                 {"value", "Value"},
                 {"help", "What it is"}}};
    for (const MetricFamily& family : observed_.metrics) {
      for (const MetricSample& sample : family.samples) {
        std::string labels;
        for (const auto& [name, value] : sample.labels) {
          labels += (labels.empty() ? "" : ", ") + name + '=' + value;
        }
        const bool is_histogram = family.kind == MetricKind::kHistogram;
        table.rows.push_back(
            {Clean(family.name), Clean(labels),
             NumberOf(is_histogram ? CountOf(sample.histogram) : sample.value),
             Clean(family.help)});
      }
    }
    Finish(table, "None.");
    return table;
  }

  static double CountOf(const MetricHistogram& histogram) {
    return histogram.buckets.empty()
               ? 0
               : static_cast<double>(histogram.buckets.back().second);
  }

  // A whole number is one, and another is text.
  static Cell NumberOf(double value) {
    constexpr double kExact = 9007199254740992;  // 2 to the power of 53
    if (value >= 0 && value < kExact && value == std::trunc(value)) {
      return static_cast<std::uint64_t>(value);
    }
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "%.6g", value);
    return std::string(text.data());
  }

  // What the rest of the page is from, and what that does not have.
  Table Recorder() const {
    std::uint64_t records = 0;
    std::uint64_t overwritten = 0;
    std::uint64_t incomplete = 0;
    nanoseconds whole_since{};
    for (const RecordedThread& thread : recording_.threads) {
      records += thread.records.size();
      overwritten += thread.overwritten;
      incomplete += thread.incomplete;
      whole_since = std::max(whole_since, WholeSince(thread));
    }
    Cell whole;
    if (records != 0 && whole_since < observed_.now) {
      whole = observed_.now - whole_since;
    }
    return {"recorder",
            "The recorder",
            "",
            {{"level", "Level"},
             {"window_seconds", "Shown are the last"},
             {"whole_seconds", "Complete are the last"},
             {"records", "Records"},
             {"overwritten", "Written over"},
             {"incomplete", "Incomplete"},
             {"lost_records", "Without a ring"},
             {"lost_sites", "Without a site"}},
            {{std::string(LevelName(observed_.level)), observed_.window, whole,
              records, overwritten, incomplete, recording_.lost_records,
              recording_.lost_sites}}};
  }

  const Observed& observed_;
  const Recording& recording_;
  std::unordered_map<AsyncId, std::size_t> site_of_;
  std::map<std::size_t, SiteFacts> sites_;
};

}  // namespace

Page Collect(const Observed& observed) { return Collector(observed).Write(); }

void KeepNewest(Recording& recording, nanoseconds since,
                std::size_t max_records) {
  std::vector<nanoseconds> ends;
  for (const RecordedThread& thread : recording.threads) {
    for (const Record& record : thread.records) {
      if (record.end >= since) ends.push_back(record.end);
    }
  }
  if (ends.size() > max_records) {
    const auto first = ends.end() - static_cast<std::ptrdiff_t>(max_records);
    if (first == ends.end()) {
      since = nanoseconds::max();
    } else {
      std::nth_element(ends.begin(), first, ends.end());
      since = std::max(since, *first);
    }
  }
  std::size_t room = max_records;  // records that end at the same time
  for (RecordedThread& thread : recording.threads) {
    std::vector<Record> kept;
    for (const Record& record : thread.records) {
      if (record.end < since || room == 0) continue;
      kept.push_back(record);
      --room;
    }
    thread.records = std::move(kept);
  }
}

}  // namespace weft::observe_internal
