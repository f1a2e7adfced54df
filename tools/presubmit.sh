#!/bin/bash
#
# What a change must pass before it is submitted: all of CI, the quickest first.

set -euo pipefail
cd "$(dirname "$0")/.."

tools/checks/check_format.sh
exec .ci/run
