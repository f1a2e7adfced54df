#!/bin/bash
#
# Installs those of the Debian packages given that are missing. All output goes
# to stderr.

set -euo pipefail

# Prints the packages that are not installed; all, where there is no dpkg.
missing_packages() {
  local installed package
  installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' \
    "$@" 2>/dev/null || true)
  for package; do
    grep -qxF "installed $package" <<<"$installed" || echo "$package"
  done
}

mapfile -t missing < <(missing_packages "$@")
((${#missing[@]} > 0)) || exit 0

fail() {
  echo "$0: $1; Weft needs these packages of Debian 12:" >&2
  echo "  ${missing[*]}" >&2
  exit 1
}

apt=(env DEBIAN_FRONTEND=noninteractive
  apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
command -v apt-get >/dev/null || fail "there is no apt-get here"
if ((EUID != 0)); then
  command -v sudo >/dev/null || fail "installing needs root or sudo"
  apt=(sudo "${apt[@]}")
fi
echo "$0: installing ${missing[*]}" >&2
{ "${apt[@]}" update && "${apt[@]}" install --yes --no-install-recommends \
  "${missing[@]}"; } </dev/null >&2 || fail "apt-get could not install"
