#!/bin/bash
#
# Succeeds if the program $1 does, and prints what is in the file $2.

set -euo pipefail
diff -u "$2" <("$1" || echo "failed with status $?")
