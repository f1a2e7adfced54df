#!/bin/bash
# check_layers.py accepts what the law allows and rejects all else, each time
# with the file, the line and the header.

set -euo pipefail

readonly check="$PWD/tools/checks/check_layers.py"
failures=0

# Fills a fresh tree, in which file $1 has the one include $2.
tree_with() {
  rm -rf "$TEST_TMPDIR/tree"
  mkdir -p "$TEST_TMPDIR"/tree/{base/sync,{context,hooks,executor,jobs,observe,pipelines,propagation,adapters/{onetbb,other,profiler}}/internal,executor/internal/{task,workers},observe/internal/retention}
  cd "$TEST_TMPDIR/tree"
  touch {base,context,hooks,executor,jobs,observe,pipelines,propagation,adapters}/empty.cc
  mkdir -p "$(dirname "$1")"
  printf '// A comment.\n#include %s\n' "$2" >"$1"
}

accepts() {
  tree_with "$@"
  python3 "$check" || { echo "FAIL: rejects $2 in $1"; failures=1; }
}

rejects() {
  local header="${2:1:-1}"
  tree_with "$@"
  if python3 "$check" 2>errors || ! grep -qF "$1:2: $header: " errors; then
    echo "FAIL: accepts $2 in $1"
    failures=1
  fi
}

accepts context/a.h '<vector>'
accepts context/a.h '"absl/base/thread_annotations.h"'
accepts context/a.cc '"weft/context/internal/frame.h"'
accepts base/a.cc '<linux/membarrier.h>'
accepts hooks/a.cc '"weft/context/internal/frame.h"'
accepts executor/a.cc '"weft/hooks/async_hook.h"'
accepts executor/a.cc '"weft/context/async_local_storage.h"'
accepts executor/a.cc '<oneapi/tbb/task_arena.h>'
accepts base/sync/parker.h '"weft/base/sync/mutex.h"'
accepts executor/a.cc '"weft/base/sync/mutex.h"'
accepts executor/internal/workers/a.cc '"weft/executor/internal/task/job.h"'
accepts executor/internal/engines/a.h '"weft/executor/blocking_options.h"'
accepts executor/patterns/a.h '"weft/executor/when_any.h"'
accepts executor/sync/a.h '"weft/executor/executor.h"'
accepts executor/internal/task/task_scope.h '"weft/context/internal/frame.h"'
accepts executor/internal/task/task_scope.cc '"weft/hooks/internal/emit.h"'
accepts adapters/onetbb/a.h '"weft/hooks/async_resource.h"'
accepts adapters/onetbb/a.h '"oneapi/tbb/task_group.h"'
accepts adapters/onetbb/a.h '"weft/adapters/onetbb/internal/flow_scopes.h"'
accepts adapters/onetbb/internal/flow_scopes.h '"weft/hooks/internal/emit.h"'
accepts adapters/other/a.h '"boost/asio/post.hpp"'
accepts adapters/profiler/internal/thread_records.cc '"weft/observe/internal/tap.h"'

accepts pipelines/a.h '"weft/executor/task_group.h"'
accepts pipelines/a.h '"weft/pipelines/internal/stage.h"'
accepts pipelines/a.cc '"weft/base/sync/mutex.h"'
accepts propagation/a.h '"weft/context/deadline.h"'
accepts propagation/a.cc '"weft/propagation/internal/text.h"'
accepts adapters/other/a.h '"weft/propagation/propagator.h"'
accepts jobs/a.h '"weft/propagation/propagator.h"'
accepts jobs/a.cc '"weft/executor/coroutine.h"'
accepts jobs/a.cc '"weft/hooks/messages.h"'
accepts adapters/other/a.h '"weft/jobs/engine.h"'
accepts observe/a.cc '"weft/executor/executor.h"'
accepts observe/a.cc '"weft/observe/internal/tap.h"'
accepts jobs/a.cc '"weft/jobs/internal/errors.h"'
accepts executor/a.cc '"weft/context/internal/frame_cache.h"'
accepts adapters/other/a.cc '"weft/propagation/internal/process_storage.h"'
accepts observe/internal/tap.h '"weft/hooks/internal/sink.h"'
accepts observe/internal/retention/held_stores.cc '"weft/context/internal/frame.h"'

rejects base/a.h '"weft/context/deadline.h"'
rejects context/a.cc '<linux/membarrier.h>'
rejects executor/internal/task/a.cc '"weft/executor/internal/workers/worker.h"'
rejects executor/a.cc '"weft/executor/sync/channel.h"'
rejects executor/sync/a.h '"weft/executor/patterns/retry.h"'
rejects context/a.h '"weft/hooks/async_id.h"'
rejects context/a.h '<weft/hooks/async_id.h>'
rejects context/internal/a.cc '"weft/executor/executor.h"'
rejects context/a.cc '"context/internal/frame.h"'
rejects context/a.cc '"../hooks/async_id.h"'
rejects context/a.cc '"oneapi/tbb/task_arena.h"'
rejects hooks/a.cc '"weft/executor/executor.h"'
rejects hooks/a.cc '"tests/support/events.h"'
rejects executor/a.cc '"weft/examples/request.h"'
rejects executor/a.cc '"benchmarks/fibonacci.h"'
rejects executor/a.cc '"weft/context/internal/frame.h"'
rejects executor/a.cc '"weft/context/internal/mutexes.h"'
rejects executor/internal/workers/worker.cc '"weft/hooks/internal/emit.h"'
rejects executor/a.cc '"weft/adapters/onetbb/task_group.h"'
rejects adapters/onetbb/a.h '"weft/hooks/internal/emit.h"'
rejects adapters/onetbb/a.h '"weft/context/internal/flow.h"'
rejects adapters/onetbb/internal/flow_scopes.cc '"examples/request.h"'
rejects adapters/other/internal/flow_scopes.h '"weft/hooks/internal/emit.h"'
rejects adapters/onetbb/a.h '"weft/executor/internal/task/queued_task.h"'
rejects adapters/other/a.cc '"weft/propagation/internal/text.h"'
rejects adapters/other/a.cc '"weft/jobs/internal/errors.h"'
rejects adapters/other/a.cc '"weft/observe/internal/tap.h"'
rejects jobs/a.cc '"weft/propagation/internal/text.h"'
rejects executor/a.cc '"weft/context/internal/frame_cache_node.h"'
rejects executor/a.cc '"boost/asio/post.hpp"'
rejects executor/a.cc '"weft/pipelines/pipeline.h"'
rejects adapters/onetbb/a.h '"weft/pipelines/pipeline.h"'
rejects pipelines/a.cc '"weft/executor/internal/future/group_task.h"'
rejects pipelines/a.cc '"weft/context/internal/frame.h"'
accepts pipelines/internal/item_flow.h '"weft/context/internal/flow.h"'
rejects observe/a.cc '"weft/hooks/internal/sink.h"'
rejects executor/a.cc '"weft/observe/level.h"'
rejects adapters/other/a.cc '"weft/observe/internal/tap.h"'
rejects pipelines/a.cc '"weft/adapters/onetbb/task_group.h"'
rejects pipelines/a.cc '"oneapi/tbb/task_group.h"'
rejects propagation/a.h '"weft/hooks/async_id.h"'
rejects propagation/a.cc '"weft/context/internal/frame.h"'
rejects executor/a.cc '"weft/propagation/propagator.h"'
rejects jobs/a.cc '"weft/executor/internal/engine/engine.h"'
rejects jobs/a.cc '"weft/hooks/internal/emit.h"'
rejects jobs/a.cc '"weft/pipelines/pipeline.h"'
rejects pipelines/a.cc '"weft/jobs/job_queue.h"'

# Takes the end of the complaint, then pairs of a file and what it includes.
rejects_circle() {
  tree_with "$2" "$3"
  printf '#include %s\n' "$5" >"$4"
  if python3 "$check" 2>errors || ! grep -qF "$1" errors; then
    echo "FAIL: accepts a circle: ${*:2}"
    failures=1
  fi
}
rejects_circle 'a circle of modules: executor/a -> executor/b -> executor/a' \
  executor/a.h '"weft/executor/b.h"' executor/b.cc '"weft/executor/a.h"'
rejects_circle 'executor/internal/a.h: is in none of the rooms' \
  executor/internal/a.h '<vector>' executor/b.cc '<vector>'
rejects_circle 'executor/other/a.h: is in none of the rooms' \
  executor/other/a.h '<vector>' executor/b.cc '<vector>'

rm -r context
if python3 "$check" 2>/dev/null; then
  echo "FAIL: accepts a tree without sources"
  failures=1
fi
exit "$failures"
