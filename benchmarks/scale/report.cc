// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/scale/report.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>

#include "nlohmann/json.hpp"

namespace weft::scale {
namespace {

using nlohmann::json;

json ToJson(const SimulatedRound& round) {
  json lines = json::array();
  for (const ContendedLine& line : round.lines) {
    lines.push_back({{"name", line.name},
                     {"code", line.code},
                     {"fetches", line.fetches},
                     {"waited_ps", line.waited},
                     {"queued_ps", line.queued}});
  }
  const MachineCounts& counts = round.counts;
  return {{"tasks", round.round.tasks},
          {"expected", round.round.expected},
          {"elapsed_ns", round.round.elapsed},
          {"submitting_ns", round.round.submitting},
          {"chain_tasks", round.round.chain_tasks},
          {"chain_steps", round.round.chain_steps},
          {"accesses", counts.accesses},
          {"fetches", counts.fetches},
          {"thefts", counts.thefts},
          {"wakes", counts.wakes},
          {"sleeps", counts.sleeps},
          {"heavy_fences", counts.heavy_fences},
          {"threads", counts.threads},
          {"asleep_ps", counts.asleep},
          {"lines", lines}};
}

void FromJson(const json& from, SimulatedRound& round) {
  for (const json& line : from.at("lines")) {
    round.lines.push_back({line.at("name"), line.at("code"), line.at("fetches"),
                           line.at("waited_ps"), line.at("queued_ps")});
  }
  from.at("tasks").get_to(round.round.tasks);
  from.at("expected").get_to(round.round.expected);
  from.at("elapsed_ns").get_to(round.round.elapsed);
  from.at("submitting_ns").get_to(round.round.submitting);
  from.at("chain_tasks").get_to(round.round.chain_tasks);
  from.at("chain_steps").get_to(round.round.chain_steps);
  from.at("accesses").get_to(round.counts.accesses);
  from.at("fetches").get_to(round.counts.fetches);
  from.at("thefts").get_to(round.counts.thefts);
  from.at("wakes").get_to(round.counts.wakes);
  from.at("sleeps").get_to(round.counts.sleeps);
  from.at("heavy_fences").get_to(round.counts.heavy_fences);
  from.at("threads").get_to(round.counts.threads);
  from.at("asleep_ps").get_to(round.counts.asleep);
}

// The child's part of SimulateApart(): writes its result, or an error, to
// `pipe`.
[[noreturn]] void SimulateInChild(const MachineOptions& options, const Job& job,
                                  int pipe) {
  json result;
  try {
    result = ToJson(Simulate(options, job));
  } catch (const std::exception& error) {
    result = {{"error", error.what()}};
  }
  const std::string text = result.dump();
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t count =
        ::write(pipe, text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR) ::_exit(1);
    if (count > 0) written += static_cast<std::size_t>(count);
  }
  ::_exit(0);
}

// Returns what `pipe` brings until its other end is closed; nothing if that
// takes longer than `most_seconds`.
std::optional<std::string> ReadAll(int pipe, double most_seconds) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(most_seconds);
  std::string text;
  char buffer[4096];
  for (;;) {
    const std::chrono::duration<double, std::milli> left = end - Clock::now();
    pollfd ready{.fd = pipe, .events = POLLIN, .revents = 0};
    if (left.count() <= 0) return std::nullopt;
    if (::poll(&ready, 1, static_cast<int>(left.count()) + 1) <= 0) continue;
    const ssize_t count =
        ::read(pipe, static_cast<char*>(buffer), sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(static_cast<char*>(buffer), static_cast<std::size_t>(count));
  }
}

double PerTask(const Row& row) {
  return row.round.elapsed / static_cast<double>(row.round.tasks);
}

}  // namespace

std::optional<Row> SimulateApart(const MachineOptions& options, const Job& job,
                                 double most_seconds) {
  const auto begin = std::chrono::steady_clock::now();
  const std::string where = "simulating \"" + job.workload + "\" on " +
                            std::to_string(options.processors) +
                            " processors: ";
  int ends[2];
  if (::pipe(static_cast<int*>(ends)) != 0) {
    throw std::runtime_error(where + "no pipe can be had");
  }
  static_cast<void>(std::fflush(nullptr));
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error(where + "no process can be had");
  if (child == 0) SimulateInChild(options, job, ends[1]);
  ::close(ends[1]);
  const std::optional<std::string> text = ReadAll(ends[0], most_seconds);
  ::close(ends[0]);
  if (!text.has_value()) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (!text.has_value()) return std::nullopt;
  if (status != 0) {
    throw std::runtime_error(where + "its process ended with status " +
                             std::to_string(status));
  }
  const json result = json::parse(*text);
  if (result.contains("error")) {
    throw std::runtime_error(where + result.at("error").get<std::string>());
  }
  Row row;
  FromJson(result, row);
  if (row.round.tasks != row.round.expected) {
    throw std::runtime_error(where + std::to_string(row.round.tasks) +
                             " tasks ran, and should have been " +
                             std::to_string(row.round.expected));
  }
  row.job = job;
  row.nodes = options.nodes;
  row.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  return row;
}

void Compare(Row& row, const Row& one) {
  const double task = PerTask(one);
  // A step of the chain is one submission, or one fork and join.
  const double step =
      one.round.submitting > 0
          ? one.round.submitting / one.round.chain_steps
          : std::max(0.0, task - static_cast<double>(one.job.grain));
  const double work = static_cast<double>(row.round.tasks) * task;
  const double chain =
      row.round.chain_tasks * task + row.round.chain_steps * step;
  row.speed_up = work / row.round.elapsed;
  row.allowed = work / std::max(work / row.job.workers, chain);
}

void Print(const Row& row, bool is_first, int lines) {
  if (is_first) {
    std::printf("%-9s %5s %5s %9s %9s %9s %9s %7s %8s %8s %8s %6s\n",
                "workload", "procs", "nodes", "tasks", "time, us", "speed-up",
                "allowed", "ratio", "thefts", "wakes", "fences", "sim, s");
  }
  std::printf(
      "%-9s %5d %5d %9lld %9.0f %9.1f %9.1f %7.2f %8llu %8llu %8llu "
      "%6.1f\n",
      row.job.workload.c_str(), row.job.workers, row.nodes,
      static_cast<long long>(row.round.tasks), row.round.elapsed / 1000,
      row.speed_up, row.allowed, row.speed_up / row.allowed,
      static_cast<unsigned long long>(row.counts.thefts),
      static_cast<unsigned long long>(row.counts.wakes),
      static_cast<unsigned long long>(row.counts.heavy_fences), row.seconds);
  const double all = row.round.elapsed * row.job.workers;
  for (const ContendedLine& line : row.lines) {
    if (lines-- <= 0) break;
    std::printf("%16.1f %% of all time, %.1f %% in turn: %s (%s)\n",
                static_cast<double>(line.waited) / kNanosecond / all * 100,
                static_cast<double>(line.queued) / kNanosecond / all * 100,
                line.name.c_str(), line.code.c_str());
  }
  static_cast<void>(std::fflush(stdout));
}

std::string ToJsonText(const SimulatedRound& round) {
  return ToJson(round).dump();
}

json ToJson(const Row& row) {
  json result = ToJson(static_cast<const SimulatedRound&>(row));
  result["workload"] = row.job.workload;
  result["processors"] = row.job.workers;
  result["nodes"] = row.nodes;
  result["speed_up"] = row.speed_up;
  result["allowed"] = row.allowed;
  return result;
}

}  // namespace weft::scale
