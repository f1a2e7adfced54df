// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/comparison.h"

#include "weft/benchmarks/workloads/blocking_wait/blocking_wait.h"
#include "weft/benchmarks/workloads/context/context.h"
#include "weft/benchmarks/workloads/fib/fib.h"
#include "weft/benchmarks/workloads/flat/flat.h"
#include "weft/benchmarks/workloads/hooks/hooks.h"
#include "weft/benchmarks/workloads/idle/idle.h"
#include "weft/benchmarks/workloads/idle_latency/idle_latency.h"
#include "weft/benchmarks/workloads/matmul/matmul.h"
#include "weft/benchmarks/workloads/nqueens/nqueens.h"
#include "weft/benchmarks/workloads/parallel_for/parallel_for.h"
#include "weft/benchmarks/workloads/ping_pong/ping_pong.h"
#include "weft/benchmarks/workloads/skynet/skynet.h"
#include "weft/benchmarks/workloads/submit/submit.h"
#include "weft/benchmarks/workloads/tree/tree.h"

namespace weft::benchmarks {
namespace {

constexpr char kTaskGroup[] = "tbb task_group";
constexpr char kNoTasks[] = "no tasks, 1 thread";
constexpr char kSharedPtr[] = "tbb, shared_ptr context";
constexpr char kRequestContext[] = "tbb, request context";
constexpr char kEnqueue[] = "tbb enqueue";
constexpr char kSuspend[] = "tbb suspend";
constexpr char kEnqueueSharedPtr[] = "tbb enqueue, shared_ptr";
constexpr char kTbbFor[] = "tbb parallel_for";
constexpr char kAsio[] = "asio post";
constexpr char kOpenMp[] = "openmp task";
constexpr char kOpenMpFor[] = "openmp for";
constexpr char kAsync[] = "std::async";
constexpr char kPlainSharedPtr[] = "std::shared_ptr";
constexpr char kOneThread[] = "weft, 1 thread";
constexpr char kNoHook[] = "weft, no hook";
constexpr char kAbsolute[] = "absolute";

constexpr BudgetRow kBudgets[] = {
    {"fib", 1, kTaskGroup, 0.12},
    {"fib", 2, kTaskGroup, 0.15},
    {"fib", 2, kSharedPtr, 0.06},
    {"fib", 2, kOneThread, 0.58},
    {"skynet", 0, kTaskGroup, 0.5},
    {"nqueens", 0, kTaskGroup, 0.75},
    {"flat", 0, kTaskGroup, 0.5},
    {"flat, stolen", 2, kAbsolute, 40},
    {"submit, 1 producer", 0, kAsio, 0.6},
    {"submit, 1 producer", 0, kEnqueue, 0.5},
    {"submit, 2 producers", 0, kAsio, 0.6},
    {"submit, 2 producers", 0, kEnqueue, 0.5},
    {"idle latency, p50", 0, kAsio, 1.0},
    {"blocking wait, p50", 0, kAbsolute, 1.5e6},
    {"blocking wait, p99", 0, kAbsolute, 8e6},
    {"GetStore, 1 storage", 0, kAbsolute, 1},
    {"GetStore, 16 storages", 0, kAbsolute, 1},
    {"Run, 1 storage", 0, kAbsolute, 5},
    {"Run, 16 storages", 0, kAbsolute, 5},
    {"context of a task", 2, kAbsolute, 4},
    {"hook event of a task", 0, kAbsolute, 4},
    {"hook event of a resource", 0, kAbsolute, 4},
    {"recorded hook event", 0, kAbsolute, 15},
    {"idle, % of a processor", 0, kAbsolute, 1},
};

}  // namespace

std::span<const BudgetRow> Budgets() { return kBudgets; }

std::optional<double> Budget(const std::string& benchmark, int threads,
                             const std::string& peer) {
  for (const BudgetRow& row : kBudgets) {
    if (row.benchmark == benchmark && row.peer == peer &&
        (row.threads == 0 || row.threads == threads)) {
      return row.limit;
    }
  }
  return std::nullopt;
}

std::vector<Comparison> AllComparisons() {
  const Peer absolute = {kAbsolute};
  return {
      {"fib",
       fib::Weft,
       {{kTaskGroup, fib::Tbb},
        {kSharedPtr, fib::SharedPtr},
        {kRequestContext, fib::RequestContext},
        {kOpenMp, fib::OpenMp},
        {kAsync, fib::Async},
        {kOneThread, [](int) { return fib::Weft(1); }, 2}}},
      {"skynet",
       skynet::Weft,
       {{kTaskGroup, skynet::Tbb}, {kOpenMp, skynet::OpenMp}}},
      {"nqueens",
       nqueens::Weft,
       {{kTaskGroup, nqueens::Tbb},
        {kSharedPtr, nqueens::SharedPtr},
        {kOpenMp, nqueens::OpenMp},
        {kNoTasks, nqueens::NoTasks}}},
      {"unbalanced tree",
       tree::Weft,
       {{kTaskGroup, tree::Tbb}, {kOpenMp, tree::OpenMp}}},
      {"flat",
       flat::Weft,
       {{kTaskGroup, flat::Tbb},
        {kSharedPtr, flat::SharedPtr},
        {kAsio, flat::Asio},
        {kOpenMp, flat::OpenMp},
        {kAsync, flat::Async}}},
      {"flat, stolen",
       flat::WeftStolen,
       {absolute, {kTaskGroup, flat::TbbStolen}},
       2},
      {"submit, 1 producer",
       submit::Weft<1>,
       {{kAsio, submit::Asio<1>},
        {kEnqueue, submit::TbbEnqueue<1>},
        {kEnqueueSharedPtr, submit::SharedPtr<1>}}},
      {"submit, 2 producers",
       submit::Weft<2>,
       {{kAsio, submit::Asio<2>},
        {kEnqueue, submit::TbbEnqueue<2>},
        {kEnqueueSharedPtr, submit::SharedPtr<2>}}},
      {"ping-pong",
       ping_pong::Weft,
       {{kAsio, ping_pong::Asio}, {kEnqueue, ping_pong::TbbEnqueue}}},
      {"idle latency, p50",
       idle_latency::Weft<50>,
       {{kAsio, idle_latency::Asio<50>},
        {kEnqueue, idle_latency::TbbEnqueue<50>},
        {kAsync, idle_latency::Async<50>}}},
      {"idle latency, p99",
       idle_latency::Weft<99>,
       {{kAsio, idle_latency::Asio<99>},
        {kEnqueue, idle_latency::TbbEnqueue<99>},
        {kAsync, idle_latency::Async<99>}}},
      {"blocking wait, p50",
       blocking_wait::Weft<50>,
       {absolute,
        {kSuspend, blocking_wait::Tbb<50>},
        {kAsio, blocking_wait::Asio<50>}},
       {},
       true},
      {"blocking wait, p99",
       blocking_wait::Weft<99>,
       {absolute,
        {kSuspend, blocking_wait::Tbb<99>},
        {kAsio, blocking_wait::Asio<99>}},
       {},
       true},
      {"for, 1024 cheap",
       parallel_for::CheapWeft,
       {{kTbbFor, parallel_for::CheapTbb},
        {kOpenMpFor, parallel_for::CheapOpenMp}}},
      {"for, 8M floats, each",
       parallel_for::LargeWeft,
       {{kTbbFor, parallel_for::LargeTbb},
        {kOpenMpFor, parallel_for::LargeOpenMp}}},
      {"matmul, block",
       matmul::Weft,
       {{kTbbFor, matmul::Tbb}, {kOpenMpFor, matmul::OpenMp}}},
      {"fib, lifecycle hook",
       hooks::WithLifecycleHook<fib::Weft>,
       {{kNoHook, fib::Weft}}},
      {"fib, hook of all",
       hooks::WithHookOfAll<fib::Weft>,
       {{kNoHook, fib::Weft}}},
      {"flat, lifecycle hook",
       hooks::WithLifecycleHook<flat::Weft>,
       {{kNoHook, flat::Weft}}},
      {"flat, hook of all",
       hooks::WithHookOfAll<flat::Weft>,
       {{kNoHook, flat::Weft}}},
      {"submit, lifecycle hook",
       hooks::WithLifecycleHook<submit::Weft<1>>,
       {{kNoHook, submit::Weft<1>}}},
      {"submit, hook of all",
       hooks::WithHookOfAll<submit::Weft<1>>,
       {{kNoHook, submit::Weft<1>}}},
      {"GetStore, 1 storage", context::GetStore<1>, {absolute}, 1},
      {"GetStore, 16 storages", context::GetStore<16>, {absolute}, 1},
      {"Run, 1 storage", context::Run<1>, {absolute}, 1},
      {"Run, 16 storages", context::Run<16>, {absolute}, 1},
      {"context of a task",
       context::CaptureWeft,
       {absolute, {kPlainSharedPtr, context::CaptureSharedPtr}}},
      {"hook event of a task", hooks::EventOfTask<fib::Weft>, {absolute}, 1},
      {"hook event of a resource", hooks::EventOfResource, {absolute}, 1},
      {"recorded hook event", hooks::RecordedEvent, {absolute}, 1},
      {"idle, % of a processor", idle::CpuPercent, {absolute}, {}, true},
  };
}

}  // namespace weft::benchmarks
