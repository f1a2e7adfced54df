#!/bin/bash
#
# Builds the library $3 of the manifest $1 and the source $2, which are in one
# folder. Takes crates from Debian's packages alone.

set -euo pipefail

# Bazel's actions have none, and rustup's cargo looks for its compiler there.
export HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$1" "$2" "$work"
cargo build --quiet --release --offline --manifest-path "$work/Cargo.toml" \
  --target-dir "$work/target" \
  --config 'source.crates-io.replace-with="debian"' \
  --config 'source.debian.directory="/usr/share/cargo/registry"'
cp "$work/target/release/librayon_pool.a" "$3"
