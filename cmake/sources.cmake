# Written by tools/cmake/cmake_sources.py from the BUILD files.

set(weft_version 0.1.0)
set(weft_components
  core
  asio
  beast
  grpc
  json
  nats
  onetbb
  pool
  profiler
  prometheus
  spdlog
  thread)

set(weft_core_components)
set(weft_core_headers
  base/check.h
  base/language.h
  base/ref.h
  base/steady_now.h
  base/sync/asymmetric_fence.h
  base/sync/mutex.h
  base/sync/parker.h
  base/sync/sync.h
  base/sync/wait_deadline.h
  base/sync/waiter.h
  base/threads/fork_generation.h
  base/threads/stack_limit.h
  context/async_local_storage.h
  context/cancellation.h
  context/context_snapshot.h
  context/deadline.h
  context/duration.h
  context/inheritance.h
  context/internal/binding.h
  context/internal/bound_store.h
  context/internal/cancellation_link.h
  context/internal/flow.h
  context/internal/frame.h
  context/internal/frame_cache.h
  context/internal/frame_memory.h
  context/internal/frame_node.h
  context/internal/inherit.h
  context/internal/label_form.h
  context/internal/limits.h
  context/internal/snapshot_watch.h
  context/internal/storage_slot.h
  context/label.h
  context/labels.h
  context/shield_scope.h
  context/storage_scope.h
  context/suppress_flow_scope.h
  executor/async_generator.h
  executor/blocking_executor.h
  executor/blocking_options.h
  executor/bounded_executor.h
  executor/bounded_options.h
  executor/collect.h
  executor/coroutine.h
  executor/errors.h
  executor/executor.h
  executor/executor_options.h
  executor/executor_stats.h
  executor/flatten.h
  executor/future.h
  executor/internal/coroutine/coroutine_awaiters.h
  executor/internal/coroutine/coroutine_promise.h
  executor/internal/coroutine/coroutine_task.h
  executor/internal/coroutine/generator_promise.h
  executor/internal/coroutine/group_coroutine.h
  executor/internal/coroutine/group_wait.h
  executor/internal/coroutine/limited_wait.h
  executor/internal/coroutine/schedule.h
  executor/internal/coroutine/sleep_timer.h
  executor/internal/engine/admission.h
  executor/internal/engine/blocked_wait.h
  executor/internal/engine/deadline_after.h
  executor/internal/engine/engine.h
  executor/internal/engine/engine_threads.h
  executor/internal/engine/engine_timers.h
  executor/internal/engine/left_behind.h
  executor/internal/engine/limit_check.h
  executor/internal/engine/submission.h
  executor/internal/engine/submission_errors.h
  executor/internal/engine/wait.h
  executor/internal/engine/wait_host.h
  executor/internal/engine/worker_delegate.h
  executor/internal/future/continuations.h
  executor/internal/future/detached_task.h
  executor/internal/future/future_inputs.h
  executor/internal/future/future_state.h
  executor/internal/future/future_task.h
  executor/internal/future/group_task.h
  executor/internal/future/promise_state.h
  executor/internal/join/fork_join.h
  executor/internal/join/forked_job.h
  executor/internal/join/loop.h
  executor/internal/lanes/expiring_task.h
  executor/internal/memory/block_depot.h
  executor/internal/memory/prefetch.h
  executor/internal/memory/task_memory.h
  executor/internal/task/callable.h
  executor/internal/task/completion.h
  executor/internal/task/finish_batch.h
  executor/internal/task/inbox.h
  executor/internal/task/job.h
  executor/internal/task/limit_error.h
  executor/internal/task/queued_task.h
  executor/internal/task/scheduling_events.h
  executor/internal/task/task_queue.h
  executor/internal/task/task_scope.h
  executor/internal/task/thread_state.h
  executor/internal/task/try.h
  executor/internal/timer/timer_queue.h
  executor/internal/timer/timer_task.h
  executor/internal/workers/sleep_gate.h
  executor/internal/workers/work_deque.h
  executor/internal/workers/worker.h
  executor/internal/workers/worker_set.h
  executor/join.h
  executor/loop_options.h
  executor/manual_executor.h
  executor/metric_family.h
  executor/outcome.h
  executor/parallel_for.h
  executor/parallel_reduce.h
  executor/patterns/call_once.h
  executor/patterns/internal/task_result.h
  executor/patterns/rate_limiter.h
  executor/patterns/retry.h
  executor/patterns/single_flight.h
  executor/patterns/task_scope.h
  executor/patterns/with_timeout.h
  executor/priority_executor.h
  executor/promise.h
  executor/serial_executor.h
  executor/shutdown.h
  executor/simulation/explore_schedules.h
  executor/simulation/scheduling_point.h
  executor/simulation/simulated_executor.h
  executor/simulation/simulation_options.h
  executor/sleep.h
  executor/sync/async_event.h
  executor/sync/async_mutex.h
  executor/sync/async_semaphore.h
  executor/sync/channel.h
  executor/sync/channel_closed_error.h
  executor/sync/internal/channel_core.h
  executor/sync/internal/semaphore_core.h
  executor/sync/internal/wait_queue.h
  executor/sync/value_future.h
  executor/task_group.h
  executor/timer.h
  executor/when_all.h
  executor/when_any.h
  hooks/async_backtrace.h
  hooks/async_hook.h
  hooks/async_id.h
  hooks/async_resource.h
  hooks/default_trigger_scope.h
  hooks/execution.h
  hooks/hook_callbacks.h
  hooks/hook_event.h
  hooks/internal/causes.h
  hooks/internal/emit.h
  hooks/internal/execution_state.h
  hooks/internal/nobody_scope.h
  hooks/internal/resource_core.h
  hooks/internal/signal.h
  hooks/internal/sink.h
  hooks/internal/wanted_events.h
  hooks/live_resources.h
  hooks/messages.h
  hooks/providers.h
  hooks/resource.h
  hooks/resource_state.h
  hooks/worker_id.h
  jobs/engine.h
  jobs/errors.h
  jobs/in_process.h
  jobs/job.h
  jobs/job_metrics.h
  jobs/job_queue.h
  jobs/job_stats.h
  jobs/job_type.h
  jobs/job_worker.h
  observe/causes.h
  observe/debug_page.h
  observe/holder_kind.h
  observe/internal/board.h
  observe/internal/clock.h
  observe/internal/retention/held_stores.h
  observe/internal/retention/holders.h
  observe/internal/tap.h
  observe/internal/waiting_tasks.h
  observe/level.h
  observe/metrics/metric_families.h
  observe/metrics/metrics_text.h
  observe/metrics/task_counter.h
  observe/metrics/task_stats.h
  observe/retention.h
  observe/trace/flight_recorder.h
  observe/trace/otlp_json.h
  observe/trace/recording.h
  observe/trace/trace_json.h
  observe/watchdog.h
  pipelines/errors.h
  pipelines/internal/chain.h
  pipelines/internal/item_value.h
  pipelines/internal/junction.h
  pipelines/internal/stage.h
  pipelines/job_graph.h
  pipelines/pipeline.h
  pipelines/pipeline_options.h
  pipelines/stage_mode.h
  propagation/baggage.h
  propagation/carrier.h
  propagation/dropped.h
  propagation/environment.h
  propagation/internal/text.h
  propagation/propagator.h
  propagation/trace_context.h
  propagation/trace_state.h
  propagation/travels.h
  version.h
  weft.h)
set(weft_core_sources
  base/check.cc
  base/describe_exception.cc
  base/steady_now.cc
  base/sync/asymmetric_fence.cc
  base/sync/lock_pool.cc
  base/sync/parker.cc
  base/sync/waiter.cc
  base/threads/at_fork.cc
  base/threads/fork_generation.cc
  base/threads/owned_threads.cc
  base/threads/stack_limit.cc
  base/threads/thread_name.cc
  base/wall_now.cc
  context/cancellation.cc
  context/internal/binding.cc
  context/internal/bound_store.cc
  context/internal/cancellation_link.cc
  context/internal/flow.cc
  context/internal/frame.cc
  context/internal/frame_cache.cc
  context/internal/frame_memory.cc
  context/internal/frame_node.cc
  context/internal/inherit.cc
  context/internal/limits.cc
  context/internal/snapshot_watch.cc
  context/internal/storage_slot.cc
  context/label.cc
  context/labels.cc
  executor/blocking_executor.cc
  executor/blocking_options.cc
  executor/bounded_executor.cc
  executor/bounded_options.cc
  executor/collect.cc
  executor/executor.cc
  executor/executor_options.cc
  executor/internal/coroutine/coroutine_promise.cc
  executor/internal/coroutine/coroutine_task.cc
  executor/internal/coroutine/group_coroutine.cc
  executor/internal/coroutine/group_wait.cc
  executor/internal/coroutine/limited_wait.cc
  executor/internal/engine/blocked_wait.cc
  executor/internal/engine/engine.cc
  executor/internal/engine/left_behind.cc
  executor/internal/engine/limit_check.cc
  executor/internal/engine/shutdown.cc
  executor/internal/engine/submission.cc
  executor/internal/engine/submission_errors.cc
  executor/internal/engine/wait.cc
  executor/internal/engines/blocking_engine.cc
  executor/internal/engines/manual_engine.cc
  executor/internal/future/continuations.cc
  executor/internal/future/future_state.cc
  executor/internal/join/fork_join.cc
  executor/internal/join/forked_job.cc
  executor/internal/join/loop.cc
  executor/internal/lanes/lane_engine.cc
  executor/internal/lanes/lane_scheduler.cc
  executor/internal/lanes/places.cc
  executor/internal/memory/block_depot.cc
  executor/internal/memory/task_memory.cc
  executor/internal/simulation/fiber.cc
  executor/internal/simulation/simulated_engine.cc
  executor/internal/simulation/simulation.cc
  executor/internal/simulation/strategy.cc
  executor/internal/simulation/task_history.cc
  executor/internal/task/completion.cc
  executor/internal/task/limit_error.cc
  executor/internal/task/queued_task.cc
  executor/internal/task/task_scope.cc
  executor/internal/task/thread_state.cc
  executor/internal/timer/timer_queue.cc
  executor/internal/timer/timer_task.cc
  executor/internal/timer/timer_thread.cc
  executor/internal/workers/arena_engine.cc
  executor/internal/workers/sleep_gate.cc
  executor/internal/workers/thread_budget.cc
  executor/internal/workers/worker.cc
  executor/internal/workers/worker_set.cc
  executor/manual_executor.cc
  executor/patterns/rate_limiter.cc
  executor/patterns/retry.cc
  executor/patterns/task_scope.cc
  executor/priority_executor.cc
  executor/serial_executor.cc
  executor/simulation/explore_schedules.cc
  executor/simulation/scheduling_point.cc
  executor/simulation/simulated_executor.cc
  executor/simulation/simulation_options.cc
  executor/sync/async_event.cc
  executor/sync/async_semaphore.cc
  executor/sync/internal/channel_core.cc
  executor/sync/internal/semaphore_core.cc
  executor/task_group.cc
  hooks/async_backtrace.cc
  hooks/async_hook.cc
  hooks/async_resource.cc
  hooks/hook_event.cc
  hooks/internal/causes.cc
  hooks/internal/emit.cc
  hooks/internal/execution_state.cc
  hooks/internal/hook_list.cc
  hooks/internal/hook_registry.cc
  hooks/internal/new_async_id.cc
  hooks/internal/nobody_scope.cc
  hooks/internal/resource_core.cc
  hooks/internal/sink.cc
  hooks/internal/wanted_events.cc
  hooks/live_resources.cc
  hooks/messages.cc
  hooks/providers.cc
  hooks/resource.cc
  hooks/resource_state.cc
  jobs/in_process.cc
  jobs/internal/wall_deadline.cc
  jobs/job_metrics.cc
  jobs/job_queue.cc
  jobs/job_worker.cc
  observe/causes.cc
  observe/debug_page.cc
  observe/internal/clock.cc
  observe/internal/page/assets.cc
  observe/internal/page/collect.cc
  observe/internal/page/graph_svg.cc
  observe/internal/page/model.cc
  observe/internal/page/page_html.cc
  observe/internal/page/page_json.cc
  observe/internal/page/page_text.cc
  observe/internal/record/image.cc
  observe/internal/record/recorder.cc
  observe/internal/record/site_table.cc
  observe/internal/record/writer.cc
  observe/internal/retention/held_stores.cc
  observe/internal/retention/holders.cc
  observe/internal/tap.cc
  observe/internal/text.cc
  observe/internal/watch/native_stack.cc
  observe/internal/watch/watch_board.cc
  observe/metrics/metric_families.cc
  observe/metrics/metrics_text.cc
  observe/metrics/task_counter.cc
  observe/retention.cc
  observe/trace/flight_recorder.cc
  observe/trace/otlp_json.cc
  observe/trace/trace_json.cc
  observe/watchdog.cc
  pipelines/errors.cc
  pipelines/internal/chain.cc
  pipelines/internal/item_flow.cc
  pipelines/internal/pipeline_run.cc
  pipelines/internal/source_gate.cc
  pipelines/job_graph.cc
  propagation/baggage.cc
  propagation/environment.cc
  propagation/internal/random_ids.cc
  propagation/internal/text.cc
  propagation/propagator.cc
  propagation/trace_context.cc
  propagation/trace_state.cc)
set(weft_core_public_packages absl)
set(weft_core_public_targets
  absl::config
  absl::core_headers
  absl::dynamic_annotations)
set(weft_core_public_modules
  absl_config
  absl_core_headers
  absl_dynamic_annotations)
set(weft_core_private_packages TBB)
set(weft_core_private_targets TBB::tbb)
set(weft_core_private_modules tbb)

set(weft_asio_components core)
set(weft_asio_headers
  adapters/asio/as_awaitable.h
  adapters/asio/executor.h
  adapters/asio/internal/operation.h
  adapters/asio/keep_context.h
  adapters/asio/use_task.h
  adapters/internal/carried_function.h)
set(weft_asio_sources adapters/asio/executor.cc)
set(weft_asio_public_packages absl Boost)
set(weft_asio_public_targets absl::core_headers Boost::headers)
set(weft_asio_public_modules absl_core_headers)
set(weft_asio_private_packages)
set(weft_asio_private_targets)
set(weft_asio_private_modules)

set(weft_beast_components core)
set(weft_beast_headers adapters/beast/fields.h)
set(weft_beast_sources)
set(weft_beast_public_packages Boost)
set(weft_beast_public_targets Boost::headers)
set(weft_beast_public_modules)
set(weft_beast_private_packages)
set(weft_beast_private_targets)
set(weft_beast_private_modules)

set(weft_grpc_components core)
set(weft_grpc_headers
  adapters/grpc/client.h
  adapters/grpc/client_interceptor.h
  adapters/grpc/completion_queue.h
  adapters/grpc/internal/client_call.h
  adapters/grpc/internal/handled_call.h
  adapters/grpc/internal/message_slots.h
  adapters/grpc/internal/server_call.h
  adapters/grpc/metadata.h
  adapters/grpc/server_handlers.h
  adapters/grpc/server_interceptor.h
  adapters/grpc/server_reactors.h
  adapters/grpc/status_error.h
  adapters/internal/carried_function.h)
set(weft_grpc_sources
  adapters/grpc/client.cc
  adapters/grpc/client_interceptor.cc
  adapters/grpc/completion_queue.cc
  adapters/grpc/internal/call_deadline.cc
  adapters/grpc/internal/client_call.cc
  adapters/grpc/internal/handled_call.cc
  adapters/grpc/internal/server_call.cc
  adapters/grpc/server_interceptor.cc
  adapters/grpc/status_error.cc)
set(weft_grpc_public_packages absl gRPC)
set(weft_grpc_public_targets absl::core_headers gRPC::grpc++)
set(weft_grpc_public_modules absl_core_headers grpc++)
set(weft_grpc_private_packages)
set(weft_grpc_private_targets)
set(weft_grpc_private_modules)

set(weft_json_components core)
set(weft_json_headers adapters/json/json_job_codec.h)
set(weft_json_sources)
set(weft_json_public_packages nlohmann_json)
set(weft_json_public_targets nlohmann_json::nlohmann_json)
set(weft_json_public_modules nlohmann_json)
set(weft_json_private_packages)
set(weft_json_private_targets)
set(weft_json_private_modules)

set(weft_nats_components core)
set(weft_nats_headers adapters/nats/engine.h adapters/nats/engine_options.h)
set(weft_nats_sources
  adapters/nats/engine.cc
  adapters/nats/engine_options.cc
  adapters/nats/internal/client.cc
  adapters/nats/internal/ended_jobs.cc
  adapters/nats/internal/event_loop.cc
  adapters/nats/internal/leasing.cc
  adapters/nats/internal/message.cc
  adapters/nats/internal/puller.cc
  adapters/nats/internal/records.cc
  adapters/nats/internal/store.cc
  adapters/nats/internal/submissions.cc)
set(weft_nats_public_packages)
set(weft_nats_public_targets)
set(weft_nats_public_modules)
set(weft_nats_private_packages absl cnats)
set(weft_nats_private_targets absl::core_headers cnats::nats)
set(weft_nats_private_modules absl_core_headers libnats)

set(weft_onetbb_components core)
set(weft_onetbb_headers
  adapters/onetbb/carried.h
  adapters/onetbb/internal/bound_body.h
  adapters/onetbb/internal/bound_task.h
  adapters/onetbb/internal/flow_scopes.h
  adapters/onetbb/internal/pipeline_call.h
  adapters/onetbb/internal/split_body.h
  adapters/onetbb/parallel_for.h
  adapters/onetbb/parallel_for_each.h
  adapters/onetbb/parallel_invoke.h
  adapters/onetbb/parallel_pipeline.h
  adapters/onetbb/parallel_reduce.h
  adapters/onetbb/parallel_scan.h
  adapters/onetbb/task_arena.h
  adapters/onetbb/task_group.h)
set(weft_onetbb_sources adapters/onetbb/internal/flow_scopes.cc)
set(weft_onetbb_public_packages absl TBB)
set(weft_onetbb_public_targets absl::core_headers TBB::tbb)
set(weft_onetbb_public_modules absl_core_headers tbb)
set(weft_onetbb_private_packages)
set(weft_onetbb_private_targets)
set(weft_onetbb_private_modules)

set(weft_pool_components core)
set(weft_pool_headers
  adapters/internal/carried_function.h
  adapters/pool/context_pool.h)
set(weft_pool_sources)
set(weft_pool_public_packages)
set(weft_pool_public_targets)
set(weft_pool_public_modules)
set(weft_pool_private_packages)
set(weft_pool_private_targets)
set(weft_pool_private_modules)

set(weft_profiler_components core)
set(weft_profiler_headers
  adapters/profiler/internal/thread_records.h
  adapters/profiler/profiler_options.h
  adapters/profiler/profiler_records.h
  adapters/profiler/profiler_scope.h)
set(weft_profiler_sources
  adapters/profiler/internal/process_context.cc
  adapters/profiler/internal/thread_records.cc
  adapters/profiler/profiler_records.cc)
set(weft_profiler_public_packages)
set(weft_profiler_public_targets)
set(weft_profiler_public_modules)
set(weft_profiler_private_packages absl protozero)
set(weft_profiler_private_targets absl::core_headers protozero::protozero)
set(weft_profiler_private_modules absl_core_headers)

set(weft_prometheus_components core)
set(weft_prometheus_headers adapters/prometheus/executor_collectable.h)
set(weft_prometheus_sources adapters/prometheus/executor_collectable.cc)
set(weft_prometheus_public_packages prometheus-cpp)
set(weft_prometheus_public_targets prometheus-cpp::core)
set(weft_prometheus_public_modules prometheus-cpp-core)
set(weft_prometheus_private_packages)
set(weft_prometheus_private_targets)
set(weft_prometheus_private_modules)

set(weft_spdlog_components core)
set(weft_spdlog_headers adapters/spdlog/label_logger.h)
set(weft_spdlog_sources)
set(weft_spdlog_public_packages spdlog)
set(weft_spdlog_public_targets spdlog::spdlog)
set(weft_spdlog_public_modules spdlog)
set(weft_spdlog_private_packages)
set(weft_spdlog_private_targets)
set(weft_spdlog_private_modules)

set(weft_thread_components core)
set(weft_thread_headers
  adapters/internal/carried_function.h
  adapters/thread/thread.h)
set(weft_thread_sources)
set(weft_thread_public_packages)
set(weft_thread_public_targets)
set(weft_thread_public_modules)
set(weft_thread_private_packages)
set(weft_thread_private_targets)
set(weft_thread_private_modules)
