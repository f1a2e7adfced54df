#!/bin/bash
#
# Makes the reference of the public headers as HTML, in the folder $1, by
# default one that is removed. Fails if Doxygen warns: of a public name without
# documentation, for instance.

set -euo pipefail
cd "$(dirname "$0")/../.."

command -v doxygen >/dev/null || { echo 'build.sh: install doxygen' >&2; exit 1; }
WEFT_REFERENCE=${1:-$(mktemp -d)}
export WEFT_REFERENCE
(($# > 0)) || trap 'rm -rf "$WEFT_REFERENCE"' EXIT
mkdir -p "$WEFT_REFERENCE"
doxygen docs/reference/Doxyfile
if [[ -s $WEFT_REFERENCE/warnings ]]; then
  sed "s,^$PWD/,," "$WEFT_REFERENCE/warnings" >&2
  exit 1
fi
