#!/bin/bash
#
# Does the model's idea of Node agree with Node? Needs a Node 24, which
# `npm install node@24` fetches, and is skipped without:
#
#   ./bazelw test --test_env=WEFT_NODE=/path/to/node --test_output=all \
#     //tests/conformance:node_check_test
#
# The arguments are node_programs, node_check.js and scenarios.json.

set -euo pipefail

if [[ -z "${WEFT_NODE:-}" ]]; then
  echo "SKIPPED: no Node is given; set WEFT_NODE to the path of a Node 24"
  exit 0
fi
version=$("$WEFT_NODE" --version)
if [[ "$version" != v24.* ]]; then
  echo "FAIL: WEFT_NODE=$WEFT_NODE is Node $version; the model is of Node 24"
  exit 1
fi

"$1" --programs="${WEFT_NODE_PROGRAMS:-2000}" >"$TEST_TMPDIR/programs.json"
"$WEFT_NODE" "$2" "$3" "$TEST_TMPDIR/programs.json"
