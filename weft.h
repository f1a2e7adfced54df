// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// weft.h
// -----------------------------------------------------------------------------
//
// This header includes all of Weft but its adapters, which are opt-in. It suits
// a first program; a large one includes what it uses, and compiles faster.

#ifndef WEFT_WEFT_H_
#define WEFT_WEFT_H_

// IWYU pragma: begin_exports
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/deadline.h"
#include "weft/context/duration.h"
#include "weft/context/inheritance.h"
#include "weft/context/label.h"
#include "weft/context/labels.h"
#include "weft/context/shield_scope.h"
#include "weft/context/storage_scope.h"
#include "weft/context/suppress_flow_scope.h"
#include "weft/executor/async_generator.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/blocking_options.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/bounded_options.h"
#include "weft/executor/collect.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_counts.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/flatten.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/loop_options.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/outcome.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/parallel_reduce.h"
#include "weft/executor/patterns/call_once.h"
#include "weft/executor/patterns/rate_limiter.h"
#include "weft/executor/patterns/retry.h"
#include "weft/executor/patterns/single_flight.h"
#include "weft/executor/patterns/task_scope.h"
#include "weft/executor/patterns/with_timeout.h"
#include "weft/executor/priority_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/sleep.h"
#include "weft/executor/sync/async_event.h"
#include "weft/executor/sync/async_mutex.h"
#include "weft/executor/sync/async_semaphore.h"
#include "weft/executor/sync/channel.h"
#include "weft/executor/sync/channel_closed_error.h"
#include "weft/executor/sync/value_future.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/executor/when_all.h"
#include "weft/executor/when_any.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/default_trigger_scope.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_callbacks.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/live_resources.h"
#include "weft/hooks/providers.h"
#include "weft/hooks/resource.h"
#include "weft/hooks/resource_state.h"
#include "weft/hooks/worker_id.h"
#include "weft/pipelines/errors.h"
#include "weft/pipelines/job_graph.h"
#include "weft/pipelines/pipeline.h"
#include "weft/pipelines/pipeline_options.h"
#include "weft/pipelines/stage_mode.h"
#include "weft/version.h"
// IWYU pragma: end_exports

#endif  // WEFT_WEFT_H_
