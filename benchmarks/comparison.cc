// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/comparison.h"

#include <optional>

#include "weft/benchmarks/workloads/asio_bridge/asio_bridge.h"
#include "weft/benchmarks/workloads/blocking_wait/blocking_wait.h"
#include "weft/benchmarks/workloads/context/context.h"
#include "weft/benchmarks/workloads/continuations/continuations.h"
#include "weft/benchmarks/workloads/coroutine/coroutine.h"
#include "weft/benchmarks/workloads/fib/fib.h"
#include "weft/benchmarks/workloads/flat/flat.h"
#include "weft/benchmarks/workloads/grpc_calls/grpc_calls.h"
#include "weft/benchmarks/workloads/hooks/hooks.h"
#include "weft/benchmarks/workloads/idle/idle.h"
#include "weft/benchmarks/workloads/idle_latency/idle_latency.h"
#include "weft/benchmarks/workloads/job_graph/job_graph.h"
#include "weft/benchmarks/workloads/lanes/lanes.h"
#include "weft/benchmarks/workloads/levels/levels.h"
#include "weft/benchmarks/workloads/line/line.h"
#include "weft/benchmarks/workloads/log_line/log_line.h"
#include "weft/benchmarks/workloads/matmul/matmul.h"
#include "weft/benchmarks/workloads/nats_jobs/nats_jobs.h"
#include "weft/benchmarks/workloads/nqueens/nqueens.h"
#include "weft/benchmarks/workloads/parallel_for/parallel_for.h"
#include "weft/benchmarks/workloads/patterns/patterns.h"
#include "weft/benchmarks/workloads/peers/rayon/rayon_pool.h"
#include "weft/benchmarks/workloads/ping_pong/ping_pong.h"
#include "weft/benchmarks/workloads/pipeline/pipeline.h"
#include "weft/benchmarks/workloads/profiler/profiler.h"
#include "weft/benchmarks/workloads/reduce/reduce.h"
#include "weft/benchmarks/workloads/skynet/skynet.h"
#include "weft/benchmarks/workloads/submit/submit.h"
#include "weft/benchmarks/workloads/timers/timers.h"
#include "weft/benchmarks/workloads/tree/tree.h"
#include "weft/observe/level.h"

namespace weft::benchmarks {
namespace {

using observe::Level;
using profiler::Records;

constexpr char kRayon[] = "rayon join";
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
constexpr char kTbbReduce[] = "tbb parallel_reduce";
constexpr char kTbbPipeline[] = "tbb parallel_pipeline";
constexpr char kContinueNode[] = "tbb continue_node";
constexpr char kHandWritten[] = "hand-written coroutine";
constexpr char kPlainCoroutine[] = "plain coroutine";
constexpr char kThreads[] = "a thread each";
constexpr char kStdMutex[] = "std::mutex";
constexpr char kStdOnce[] = "std::call_once";
constexpr char kFutures[] = "weft, futures";
constexpr char kByHand[] = "written by hand";
constexpr char kCoSpawn[] = "asio co_spawn";
constexpr char kUseAwaitable[] = "asio use_awaitable";
constexpr char kStrand[] = "asio strand";
constexpr char kSteadyTimer[] = "asio steady_timer";
constexpr char kManyTimers[] = "asio, 10^6 others";
constexpr char kBareLibnats[] = "bare libnats";
constexpr char kNoTimers[] = "weft, no others";
constexpr char kBase[] = "executor below";
constexpr char kSemaphore[] = "std::counting_semaphore";
constexpr char kLine[] = "line there and back";
constexpr char kOneThread[] = "weft, 1 thread";
constexpr char kNoHook[] = "weft, no hook";
constexpr char kOff[] = "weft, level off";
constexpr char kBareGrpc[] = "bare gRPC";
constexpr char kFlowGraph[] = "tbb flow graph";
constexpr char kForInStage[] = "tbb, parallel_for in a stage";
constexpr char kNoItemTime[] = "weft, no item_time";
constexpr char kNoLabels[] = "spdlog, no labels";
constexpr char kNoRecords[] = "weft, no records";
constexpr char kAbsolute[] = "absolute";

}  // namespace

std::vector<Comparison> AllComparisons() {
  const Peer absolute = {kAbsolute};
  return {
      {"fib",
       fib::Weft,
       {{kTaskGroup, fib::Tbb, {0.12, 0.13}},
        {kRayon, fib::Rayon, {0.8, 0.9}, 1, WhyNoRayon()},
        {kSharedPtr, fib::SharedPtr, {std::nullopt, 0.06}},
        {kRequestContext, fib::RequestContext},
        {kOpenMp, fib::OpenMp},
        {kAsync, fib::Async},
        {kOneThread, [](int) { return fib::Weft(1); }, {}, 2}}},
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
       {{kTaskGroup, flat::Tbb, {0.6, 0.5}},
        {kSharedPtr, flat::SharedPtr},
        {kAsio, flat::Asio, {0.6, 0.5}},
        {kOpenMp, flat::OpenMp},
        {kAsync, flat::Async}}},
      {"flat, groups of 100",
       flat::WeftGroups<100>,
       {{kTaskGroup, flat::TbbGroups<100>}}},
      {"flat, groups of 10,000",
       flat::WeftGroups<10'000>,
       {{kTaskGroup, flat::TbbGroups<10'000>}}},
      {"flat, stolen",
       flat::WeftStolen,
       {{kLine, line::ThereAndBack, 1.0}, {kTaskGroup, flat::TbbStolen}},
       2},
      {"submit, 1 producer",
       submit::Weft<1>,
       {{kAsio, submit::Asio<1>, 0.35},
        {kEnqueue, submit::TbbEnqueue<1>, 0.35},
        {kEnqueueSharedPtr, submit::SharedPtr<1>}}},
      {"submit, 2 producers",
       submit::Weft<2>,
       {{kAsio, submit::Asio<2>, 0.35},
        {kEnqueue, submit::TbbEnqueue<2>, 0.35},
        {kEnqueueSharedPtr, submit::SharedPtr<2>}}},
      {"ping-pong",
       ping_pong::Weft,
       {{kAsio, ping_pong::Asio, 1.0}, {kEnqueue, ping_pong::TbbEnqueue, 0.5}}},
      {"idle latency, p50",
       idle_latency::Weft<50>,
       {{kAsio, idle_latency::Asio<50>, 1.0},
        {kEnqueue, idle_latency::TbbEnqueue<50>},
        {kAsync, idle_latency::Async<50>}}},
      {"idle latency, p90",
       idle_latency::Weft<90>,
       {{kAsio, idle_latency::Asio<90>, 1.0},
        {kEnqueue, idle_latency::TbbEnqueue<90>},
        {kAsync, idle_latency::Async<90>}}},
      {"idle latency, p99",
       idle_latency::Weft<99>,
       {{kAsio, idle_latency::Asio<99>},
        {kEnqueue, idle_latency::TbbEnqueue<99>},
        {kAsync, idle_latency::Async<99>}}},
      {"blocking wait, p50",
       blocking_wait::Weft<50>,
       {{kAbsolute, nullptr, 1.5e6},
        {kSuspend, blocking_wait::Tbb<50>},
        {kAsio, blocking_wait::Asio<50>},
        {kThreads, blocking_wait::Threads<50>}},
       {},
       true},
      {"blocking wait, p99",
       blocking_wait::Weft<99>,
       {{kAbsolute, nullptr, 8e6},
        {kSuspend, blocking_wait::Tbb<99>},
        {kAsio, blocking_wait::Asio<99>},
        {kThreads, blocking_wait::Threads<99>}},
       {},
       true},
      {"for, 1024 cheap",
       parallel_for::CheapWeft,
       {{kTbbFor, parallel_for::CheapTbb, 0.8},
        {kOpenMpFor, parallel_for::CheapOpenMp, 0.8}}},
      {"for, 8M floats, each",
       parallel_for::LargeWeft,
       {{kTbbFor, parallel_for::LargeTbb, 1.05},
        {kOpenMpFor, parallel_for::LargeOpenMp, 1.05}}},
      {"reduce, 8M doubles, each",
       reduce::Weft,
       {{kTbbReduce, reduce::Tbb, 1.0}}},
      {"matmul, block",
       matmul::Weft,
       {{kTbbFor, matmul::Tbb}, {kOpenMpFor, matmul::OpenMp}}},
      {"pipeline item",
       pipeline::Weft,
       {{kTbbPipeline, pipeline::Tbb, {1.0, 0.8}}}},
      {"pipeline, none entered",
       pipeline::WeftEntersNothing,
       {{kTbbPipeline, pipeline::Tbb}}},
      {"carried pipeline item",
       pipeline::Carried,
       {{kTbbPipeline, pipeline::Tbb, 1.3}}},
      {"pipeline, coroutine",
       pipeline::WeftCoroutine,
       {{kTbbPipeline, pipeline::TbbPlainCoroutine}}},
      {"pipeline, item_time",
       pipeline::WeftItemTime,
       {{kTbbPipeline, pipeline::TbbItemTime}, {kNoItemTime, pipeline::Weft}}},
      {"pipeline, item of a batch",
       pipeline::WeftBatch,
       {{kTbbPipeline, pipeline::TbbBatch}}},
      {"pipeline, split and gathered",
       pipeline::WeftEachAndGather,
       {{kFlowGraph, pipeline::TbbFlowGraph},
        {kForInStage, pipeline::TbbParallelForInStage}}},
      {"job of a graph",
       job_graph::Weft,
       {{kContinueNode, job_graph::Tbb, 0.5}}},
      {"child coroutine",
       coroutine::Weft,
       {{kHandWritten, coroutine::HandWritten, 1.8},
        {kPlainCoroutine, coroutine::Plain, 1.1}},
       1},
      {"async mutex", patterns::Mutex, {{kStdMutex, patterns::StdMutex}}, 1},
      {"async semaphore",
       patterns::Semaphore,
       {{kSemaphore, patterns::StdSemaphore}},
       1},
      {"async event", patterns::Event, {{kByHand, patterns::LockedFlag}}, 1},
      {"call once", patterns::Once, {{kStdOnce, patterns::StdOnce}}, 1},
      {"rate limiter",
       patterns::Limiter,
       {{kByHand, patterns::TokenBucket}},
       1},
      {"child of a task scope",
       patterns::Scope,
       {{kFutures, patterns::Futures}, {kCoSpawn, patterns::CoSpawn}}},
      {"detached coroutine",
       patterns::Detached,
       {{kCoSpawn, patterns::CoSpawnDetached}}},
      {"channel item",
       patterns::ChannelItem,
       {{kByHand, patterns::LockedQueueItem}},
       1},
      {"single flight",
       patterns::Flight,
       {{kByHand, patterns::MapOfFutures}},
       1},
      {"retry", patterns::RetryOnce, {{kByHand, patterns::Loop}}, 1},
      {"with timeout",
       patterns::Timeout,
       {{kByHand, patterns::ComparedTime}},
       1},
      {"generated value",
       patterns::Generator,
       {{kByHand, patterns::PlainGenerator}},
       1},
      {"then outcome",
       continuations::Outcomes,
       {{kByHand, continuations::OutcomesByHand}},
       1},
      {"catch",
       continuations::Catches,
       {{kByHand, continuations::CatchesByHand}},
       1},
      {"finally",
       continuations::Finals,
       {{kByHand, continuations::FinalsByHand}},
       1},
      {"flatten",
       continuations::Flattened,
       {{kByHand, continuations::FlattenedByHand}},
       1},
      {"collected future",
       continuations::Collected,
       {{kByHand, continuations::CollectedByHand}},
       1},
      {"when any of two types",
       continuations::FirstOfTwo,
       {{kByHand, continuations::FirstOfTwoByHand}},
       1},
      {"asio operation as a task",
       asio_bridge::TaskAwaitsPost,
       {{kUseAwaitable, asio_bridge::AwaitableAwaitsPost}}},
      {"task in asio's coroutine",
       asio_bridge::AwaitableAwaitsTask,
       {{kCoSpawn, asio_bridge::AwaitableAwaitsSpawned}}},
      {"strand", lanes::Strand, {{kStrand, lanes::AsioStrand, 0.35}}},
      {"priority", lanes::ByPriority, {{kBase, lanes::Base, 1.5}}},
      {"bounded", lanes::Bounded, {{kBase, lanes::Base, 1.5}}},
      {"bounded, full", lanes::Full, {{kSemaphore, lanes::Semaphore, 1.2}}},
      {"timer", timers::Weft<0>, {{kSteadyTimer, timers::Asio<0>, 0.7}}, 1},
      {"timer, 10^6 others",
       timers::Weft<timers::kMany>,
       {{kNoTimers, timers::Weft<0>, 1.2},
        {kManyTimers, timers::Asio<timers::kMany>}},
       1},
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
      {"fib, counters",
       levels::At<Level::kCounters, fib::Weft>,
       {{kOff, fib::Weft, 1.03}}},
      {"fib, flight",
       levels::At<Level::kFlight, fib::Weft>,
       {{kOff, fib::Weft, 1.05}}},
      {"fib, full",
       levels::At<Level::kFull, fib::Weft>,
       {{kOff, fib::Weft, 1.6}}},
      {"flat, counters",
       levels::At<Level::kCounters, flat::Weft>,
       {{kOff, flat::Weft, 1.06}}},
      {"flat, flight",
       levels::At<Level::kFlight, flat::Weft>,
       {{kOff, flat::Weft, 1.35}}},
      {"flat, full",
       levels::At<Level::kFull, flat::Weft>,
       {{kOff, flat::Weft, 2.0}}},
      {"submit, counters",
       levels::At<Level::kCounters, submit::Weft<1>>,
       {{kOff, submit::Weft<1>, 1.04}}},
      {"submit, flight",
       levels::At<Level::kFlight, submit::Weft<1>>,
       {{kOff, submit::Weft<1>, 1.25}}},
      {"submit, full",
       levels::At<Level::kFull, submit::Weft<1>>,
       {{kOff, submit::Weft<1>, 1.6}}},
      {"fib, profiler",
       profiler::In<Records::kPublished, fib::Weft>,
       {{kNoRecords, profiler::In<Records::kNone, fib::Weft>, 1.05}}},
      {"flat, profiler",
       profiler::In<Records::kPublished, flat::Weft>,
       {{kNoRecords, profiler::In<Records::kNone, flat::Weft>, 2.5}}},
      {"submit, profiler",
       profiler::In<Records::kPublished, submit::Weft<1>>,
       {{kNoRecords, profiler::In<Records::kNone, submit::Weft<1>>, 2.0}}},
      {"log line, labels",
       log_line::Labelled,
       {{kNoLabels, log_line::Plain, 1.15}},
       1},
      {"GetStore, 1 storage", context::GetStore<1>, {absolute}, 1},
      {"GetStore, 4 storages", context::GetStore<4>, {absolute}, 1},
      {"GetStore, 16 storages", context::GetStore<16>, {absolute}, 1},
      {"GetStore, 64 storages", context::GetStore<64>, {absolute}, 1},
      {"GetStore, 256 storages", context::GetStore<256>, {absolute}, 1},
      {"Run, 1 storage", context::Run<1>, {absolute}, 1},
      {"Run, 4 storages", context::Run<4>, {absolute}, 1},
      {"Run, 16 storages", context::Run<16>, {absolute}, 1},
      {"Run, 64 storages", context::Run<64>, {absolute}, 1},
      {"Run, 256 storages", context::Run<256>, {absolute}, 1},
      {"context of a task",
       context::CaptureWeft,
       {absolute, {kPlainSharedPtr, context::CaptureSharedPtr}}},
      {"hook event of a task", hooks::EventOfTask<fib::Weft>, {absolute}, 1},
      {"hook event of a resource", hooks::EventOfResource, {absolute}, 1},
      {"recorded hook event", hooks::RecordedEvent, {absolute}, 1},
      {"job over NATS",
       nats_jobs::Weft,
       {{kBareLibnats, nats_jobs::Libnats, 1.11, 1, nats_jobs::WhyAbsent()}},
       1},
      {"gRPC call",
       grpc_calls::Carried,
       {{kBareGrpc, grpc_calls::Bare, 1.05}},
       1},
      {"gRPC call, coroutines",
       grpc_calls::Coroutines,
       {{kBareGrpc, grpc_calls::Bare}}},
      {"idle, % of a processor", idle::CpuPercent, {absolute}, {}, true},
  };
}

}  // namespace weft::benchmarks
