#!/bin/bash
# Runs a check, given with its arguments, in the root of the test's files.
exec python3 "$@"
