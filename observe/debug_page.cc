// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/debug_page.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/observe/internal/page/collect.h"
#include "weft/observe/internal/page/model.h"
#include "weft/observe/internal/page/write.h"
#include "weft/observe/level.h"
#include "weft/observe/metrics/task_counter.h"
#include "weft/observe/retention.h"
#include "weft/observe/trace/flight_recorder.h"
#include "weft/observe/trace/otlp_json.h"
#include "weft/observe/trace/recording.h"
#include "weft/observe/trace/trace_json.h"

namespace weft::observe {
namespace {

using observe_internal::Observed;
using observe_internal::Page;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr seconds kWindow(10);
constexpr seconds kMaxWindow(60);
constexpr std::size_t kMaxQuery = 256;
constexpr std::size_t kMaxTraceRecords = 65'536;
constexpr char kJsonType[] = "application/json";
constexpr char kTextType[] = "text/plain; charset=utf-8";

enum class Form : unsigned char { kHtml, kJson, kText };

// A query that is not answered; its text says why.
class QueryError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

struct Query {
  seconds window = kWindow;
  std::optional<Form> form = std::nullopt;
};

// Takes what comes before `mark`, or all, and the mark itself.
std::string_view TakeUntil(char mark, std::string_view& text) noexcept {
  const std::string_view taken = text.substr(0, text.find(mark));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

std::string_view Trim(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

seconds WindowOf(std::string_view value) {
  int count = 0;
  const char* const end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data(), end, count);
  if (error != std::errc() || stopped != end || seconds(count) < seconds(1) ||
      seconds(count) > kMaxWindow) {
    throw QueryError("seconds: must be 1 to 60");
  }
  return seconds(count);
}

Form FormOf(std::string_view value) {
  if (value == "html") return Form::kHtml;
  if (value == "json") return Form::kJson;
  if (value == "text") return Form::kText;
  throw QueryError("format: must be html, json or text");
}

Query ParseQuery(std::string_view text) {
  if (text.size() > kMaxQuery) throw QueryError("the query is too long");
  Query query;
  while (!text.empty()) {
    std::string_view value = TakeUntil('&', text);
    const std::string_view key = TakeUntil('=', value);
    if (key == "seconds") {
      query.window = WindowOf(value);
    } else if (key == "format") {
      query.form = FormOf(value);
    } else if (!key.empty()) {
      throw QueryError("the query may have seconds and format");
    }
  }
  return query;
}

// A weight of Accept, in thousandths; 1000 if it is none.
int WeightOf(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    std::string_view value = TakeUntil(';', parameters);
    const std::string_view key = Trim(TakeUntil('=', value));
    if (key != "q" && key != "Q") continue;
    value = Trim(value);
    int weight = value.starts_with('1') ? 1000 : 0;
    int digit = 100;
    for (const char letter :
         value.substr(std::min(value.size(), std::size_t{2}))) {
      if (letter < '0' || letter > '9') break;
      weight += (letter - '0') * digit;
      digit /= 10;
    }
    return std::min(weight, 1000);
  }
  return 1000;
}

// The form that is named with the greatest weight, of equals the first. Who
// names none, as `curl` does, gets text.
Form FormFor(std::string_view accept) noexcept {
  struct Known {
    std::string_view name;
    Form form;
  };
  constexpr std::array<Known, 3> kKnown{{{"text/html", Form::kHtml},
                                         {"application/json", Form::kJson},
                                         {"text/plain", Form::kText}}};
  Form best = Form::kText;
  int best_weight = 0;
  while (!accept.empty()) {
    std::string_view range = TakeUntil(',', accept);
    const std::string_view name = Trim(TakeUntil(';', range));
    const int weight = WeightOf(range);
    for (const Known& one : kKnown) {
      if (one.name != name || weight <= best_weight) continue;
      best = one.form;
      best_weight = weight;
    }
  }
  return best;
}

DebugAnswer TextAnswer(int status, const std::string& text) {
  return {status, kTextType, text + '\n'};
}

DebugAnswer PageAnswer(Form form, const Page& page) {
  switch (form) {
    case Form::kHtml:
      return {200, "text/html; charset=utf-8", PageHtml(page)};
    case Form::kJson:
      return {200, kJsonType, PageJson(page)};
    case Form::kText:
      break;
  }
  return {200, kTextType, PageText(page)};
}

// The time since the start of a recording of this process.
nanoseconds NowIn(const Recording& recording) {
  nanoseconds now = std::chrono::system_clock::now() - recording.start;
  // Of the recorder's own clock, which may be a little ahead.
  for (const RecordedThread& thread : recording.threads) {
    if (!thread.records.empty()) now = std::max(now, thread.records.back().end);
    if (!thread.running.empty()) now = std::max(now, thread.running.back().end);
  }
  return now;
}

// The last seconds, or as much of them as a trace may have.
Recording LastOf(seconds window) {
  Recording recording = TakeSnapshot();
  observe_internal::KeepNewest(recording, NowIn(recording) - window,
                               kMaxTraceRecords);
  return recording;
}

// What exemplars of metrics are taken from: only at kFull it has their labels.
Recording RecentFor(MetricsFormat format) {
  const bool has_exemplars =
      format == MetricsFormat::kOpenMetrics && CurrentLevel() == Level::kFull;
  return has_exemplars ? TakeSnapshot() : Recording();
}

}  // namespace

// How fast executors run tasks: each request compares what is counted with what
// one of those before it has found.
class DebugPage::RunRates {
 public:
  struct Runs {
    std::uint64_t executor;
    std::uint64_t count;
  };

  // Returns runs a second; nothing the first time. Forgets executors that it is
  // not asked for twice in a row.
  std::vector<std::optional<double>> Of(const std::vector<Runs>& all) {
    const Clock::time_point now = Clock::now();
    std::vector<std::optional<double>> rates;
    std::map<std::uint64_t, Samples> next;
    const base::MutexLock lock(mutex_);
    for (const Runs& one : all) {
      const auto known = samples_.find(one.executor);
      if (known == samples_.end()) {
        next[one.executor] = {{now, one.count}, {now, one.count}};
        rates.emplace_back();
        continue;
      }
      Samples samples = known->second;
      const std::chrono::duration<double> passed = now - samples.older.when;
      const auto runs = static_cast<double>(one.count - samples.older.count);
      rates.emplace_back();
      if (passed.count() > 0) rates.back() = runs / passed.count();
      if (now - samples.newest.when >= kPeriod) {
        samples = {samples.newest, {now, one.count}};
      }
      next[one.executor] = samples;
    }
    samples_ = std::move(next);
    return rates;
  }

 private:
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::milliseconds kPeriod{900};

  struct Sample {
    Clock::time_point when;
    std::uint64_t count;
  };
  struct Samples {
    Sample older;
    Sample newest;
  };

  base::Mutex mutex_;
  std::map<std::uint64_t, Samples> samples_ ABSL_GUARDED_BY(mutex_);
};

DebugPage::DebugPage(std::string title)
    : title_(std::move(title)), rates_(std::make_unique<RunRates>()) {}

DebugPage::~DebugPage() = default;

DebugAnswer DebugPage::Handle(const DebugRequest& request,
                              const DebugFacts& facts) {
  if (request.method != "GET") return TextAnswer(405, "allowed: GET");
  if (request.path == "/page.css") {
    return {200, "text/css; charset=utf-8",
            std::string(observe_internal::PageCss())};
  }
  if (request.path == "/page.js") {
    return {200, "text/javascript; charset=utf-8",
            std::string(observe_internal::PageScript())};
  }
  if (request.path == "/metrics") {
    const MetricsFormat format = MetricsFormatFor(request.accept);
    return {
        200, std::string(ContentType(format)),
        MetricsText(format, facts.executors, facts.metrics, RecentFor(format))};
  }
  if (request.path != "/" && request.path != "/trace" &&
      request.path != "/spans" && request.path != "/retention") {
    return TextAnswer(
        404, "not found; there are /, /metrics, /trace, /spans and /retention");
  }
  Query query;
  try {
    query = ParseQuery(request.query);
  } catch (const QueryError& error) {
    return TextAnswer(400, error.what());
  }
  if (request.path == "/retention") {
    const Retention retention = ReadRetention();
    return query.form.value_or(FormFor(request.accept)) == Form::kJson
               ? DebugAnswer{200, kJsonType, retention.ToJson()}
               : DebugAnswer{200, kTextType, retention.ToString()};
  }
  if (request.path == "/trace") {
    return {200, kJsonType, TraceJson(LastOf(query.window))};
  }
  if (request.path == "/spans") {
    return {200, kJsonType,
            OtlpJson(LastOf(query.window), {.service_name = title_})};
  }

  Observed observed;
  observed.title = title_;
  observed.recording = TakeSnapshot();
  std::vector<RunRates::Runs> runs;
  for (const NamedStats& one : facts.executors) {
    observed.executors.push_back(
        {one.name, one.stats, ReadTaskStats(one.stats.number), std::nullopt});
    runs.push_back({one.stats.number, one.stats.ran});
  }
  const std::vector<std::optional<double>> rates = rates_->Of(runs);
  for (std::size_t i = 0; i < rates.size(); ++i) {
    observed.executors[i].runs_per_second = rates[i];
  }
  observed.now = NowIn(observed.recording);
  observed.window = query.window;
  observed.level = CurrentLevel();
  observed.reports = facts.reports;
  observed.retention = ReadRetention();
  observed.metrics = facts.metrics;
  return PageAnswer(query.form.value_or(FormFor(request.accept)),
                    Collect(observed));
}

}  // namespace weft::observe
