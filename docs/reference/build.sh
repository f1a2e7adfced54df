#!/bin/bash
#
# Makes the reference of the public headers as HTML, in the folder $1, by
# default one that is removed. Installs Doxygen if it is missing. Fails if that
# warns: of a public name without documentation, for instance.

set -euo pipefail
cd "$(dirname "$0")/../.."

tools/install_packages.sh doxygen
WEFT_REFERENCE=${1:-$(mktemp -d)}
export WEFT_REFERENCE
(($# > 0)) || trap 'rm -rf "$WEFT_REFERENCE"' EXIT
mkdir -p "$WEFT_REFERENCE"
doxygen docs/reference/Doxyfile
if [[ -s $WEFT_REFERENCE/warnings ]]; then
  sed "s,^$PWD/,," "$WEFT_REFERENCE/warnings" >&2
  exit 1
fi
