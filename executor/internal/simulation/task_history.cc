// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/simulation/task_history.h"

#include <algorithm>
#include <utility>

#include "weft/context/labels.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_callbacks.h"

namespace weft::executor_internal {

namespace {

// How many makers of a task a step names.
constexpr int kMostMakersShown = 4;

std::string SiteOf(const std::source_location& where) {
  return std::string(where.file_name()) + ":" + std::to_string(where.line());
}

std::string JoinedLines(const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& entry : entries) {
    text += (text.empty() ? "\"" : ", \"") + entry + "\"";
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace

std::string TaskLogs::DifferenceIn(const TaskLogs& other) const {
  const auto report = [](const Log& log, const std::string& here,
                         const std::string& there) {
    return log.task + " has logged " + there +
           ", and where nothing is interrupted " + here;
  };
  for (const auto& [path, log] : logs) {
    const auto found = other.logs.find(path);
    if (found == other.logs.end()) {
      return report(log, JoinedLines(log.entries), "nothing");
    }
    if (found->second.entries != log.entries) {
      return report(log, JoinedLines(log.entries),
                    JoinedLines(found->second.entries));
    }
  }
  for (const auto& [path, log] : other.logs) {
    if (!logs.contains(path)) {
      return report(log, "nothing", JoinedLines(log.entries));
    }
  }
  return {};
}

TaskHistory::TaskHistory(Simulation& simulation, const Options& options)
    : simulation_(simulation), options_(options), entries_(1), hook_(Listen()) {
  simulation_.SetWatcher(this);
}

AsyncHook TaskHistory::Listen() {
  HookCallbacks callbacks;
  const auto here = [this](auto listener) {
    return [this, listener](const auto& event) {
      if (simulation_.IsHere()) (this->*listener)(event);
    };
  };
  if (options_.is_traced || options_.has_logs) {
    callbacks.init = here(&TaskHistory::OnInit);
  }
  if (options_.max_queued != 0) {
    callbacks.enqueue = here(&TaskHistory::OnEnqueue);
    callbacks.destroy = [this](const DestroyEvent& event) {
      if (simulation_.IsHere()) queued_since_.erase(event.async_id());
    };
  }
  if (options_.is_traced) callbacks.before = here(&TaskHistory::OnBefore);
  if (options_.is_traced || options_.max_queued != 0) {
    callbacks.start = here(&TaskHistory::OnStart);
  }
  AsyncHook hook = CreateHook(std::move(callbacks));
  if (options_.is_traced || options_.has_logs || options_.max_queued != 0) {
    hook.Enable();
  }
  return hook;
}

std::size_t TaskHistory::Find(AsyncId id) const {
  const auto place = places_.find(id);
  return place == places_.end() ? 0 : place->second;
}

void TaskHistory::OnInit(const InitEvent& event) {
  const std::size_t maker = Find(ExecutionAsyncId());
  places_[event.async_id()] = entries_.size();
  const std::uint32_t number = ++entries_[maker].made;
  entries_.push_back(
      {maker, number, 0, std::string(event.type()), event.where(), {}});
}

void TaskHistory::OnEnqueue(const EnqueueEvent& event) {
  const std::uint64_t now = simulation_.steps();
  queued_since_[event.async_id()] = now;
  queue_.push_back(
      {event.async_id(), now,
       std::string(event.type()) + " of " + SiteOf(event.where())});
}

void TaskHistory::OnStart(const StartEvent& event) {
  queued_since_.erase(event.async_id());
  if (!options_.is_traced) return;
  std::string step = "runs a " + std::string(event.type()) + ", submitted at " +
                     SiteOf(event.where());
  std::size_t at = entries_[Find(event.async_id())].maker;
  for (int i = 0; at != 0 && i < kMostMakersShown; ++i) {
    const Entry& maker = entries_[at];
    step += ", by a " + maker.type + " of " + SiteOf(maker.where);
    at = maker.maker;
  }
  if (at != 0) step += ", and so on";
  simulation_.Trace(step);
  started_ = event.async_id();
}

void TaskHistory::OnBefore(const BeforeEvent& event) {
  // The context is there only now.
  if (event.async_id() != std::exchange(started_, AsyncId{})) return;
  std::string labels = LogPrefix();
  if (labels.empty()) return;
  labels.pop_back();
  simulation_.AddToTrace(" " + labels);
}

void TaskHistory::Log(std::string_view entry) {
  if (!options_.has_logs) return;
  entries_[Find(ExecutionAsyncId())].log.emplace_back(entry);
}

TaskLogs TaskHistory::TakeLogs() {
  TaskLogs taken;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (entry.log.empty()) continue;
    TaskLogs::Path path;
    for (std::size_t at = i; at != 0; at = entries_[at].maker) {
      path.push_back(entries_[at].number);
    }
    std::reverse(path.begin(), path.end());
    taken.logs[std::move(path)] = {
        i == 0 ? "the program"
               : "a " + entry.type + " of " + SiteOf(entry.where),
        std::move(entry.log)};
  }
  return taken;
}

std::string TaskHistory::Overdue(std::uint64_t step) {
  while (!queue_.empty()) {
    const Queued& oldest = queue_.front();
    const auto since = queued_since_.find(oldest.task);
    if (since == queued_since_.end() || since->second != oldest.since) {
      queue_.pop_front();
      continue;
    }
    if (step - oldest.since <= options_.max_queued) break;
    return "a " + oldest.name + " is queued for more than " +
           std::to_string(options_.max_queued) + " steps";
  }
  return {};
}

}  // namespace weft::executor_internal
