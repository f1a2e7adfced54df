#!/bin/bash
#
# Does what README says to who uses Weft from Bazel, word for word, in an empty
# folder: writes the files of that section, then runs its commands. Only the
# archive's address is another: that of an archive of this tree.

set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
cleanup() {
  (cd "$work/consumer" && bazel clean --expunge) &>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

mkdir "$work/consumer"
python3 tools/docs/readme_files.py README.md "Use it from Bazel" "$work/consumer" \
  >"$work/commands"
tar -czf "$work/weft-0.1.0.tar.gz" --exclude=./.git --exclude='./bazel-*' \
  --transform='s,^\.,weft-0.1.0,' .
cd "$work/consumer"
sed -i "s,https://example\.com/,file://$work/," WORKSPACE
grep -qF "file://$work/weft-0.1.0.tar.gz" WORKSPACE
said=$(bash -euo pipefail "$work/commands" | tail -1)
[[ "$said" == "hello, ada" ]] || { echo "it says: $said" >&2; exit 1; }
