#!/bin/bash
#
# Builds Weft with CMake, installs it into an empty prefix and has
# examples/consumer_cmake take it from there: by find_package(), by pkg-config,
# and from the sources.
#
# Usage: check_cmake.sh [--all]
#
# One configuration; with --all, both compilers, static and shared.

set -euo pipefail
cd "$(dirname "$0")/../.."

readonly root=$PWD
readonly consumer=$root/examples/consumer_cmake
packages=(cmake g++ libabsl-dev libboost-dev libgrpc++-dev libnats-dev
  libprotobuf-dev libprotozero-dev libspdlog-dev libtbb-dev
  prometheus-cpp-dev
  ninja-build nlohmann-json3-dev pkg-config python3)
[[ "${1-}" != --all ]] || packages+=(clang-19)
tools/install_packages.sh "${packages[@]}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "check_cmake.sh: $configuration: $1" >&2
  exit 1
}

# Configures and builds the sources $1 in the folder $2. Sources are compiled
# together: they are compiled one by one by Bazel, and this takes seconds.
build() {
  cmake -S "$1" -B "$2" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
    -DBUILD_SHARED_LIBS="$shared" -DCMAKE_BUILD_TYPE=None \
    -DCMAKE_CXX_FLAGS="-O0 -Werror" -DCMAKE_UNITY_BUILD=ON \
    -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 "${@:3}" >"$work/log" &&
    cmake --build "$2" ${JOBS:+-j"$JOBS"} >>"$work/log" && return
  cat "$work/log" >&2
  fail "$1 does not build"
}

# Runs the program $2, which $1 has built.
expect_hello() {
  local said
  said=$("$2") || fail "$1: the program fails"
  [[ "$said" == $'hello, ada 1\nhello, ada 2' ]] || fail "$1: it says: $said"
}

check() {
  local compiler=$1 shared=$2 here component modules=()
  local configuration="$compiler, shared: $shared"
  here=$(mktemp -d "$work/XXXX")
  local prefix=$here/moved

  local components
  components=$(sed -n '/^set(weft_components/,/)/{s/^set(weft_components//;s/)//;p}' \
    cmake/sources.cmake | xargs)
  build "$root" "$here/weft" -DWEFT_COMPONENTS="${components// /;}" \
    -DCMAKE_INSTALL_PREFIX="$here/prefix"
  cmake --install "$here/weft" >/dev/null
  # An installed tree can be moved, and knows nothing of the sources.
  mv "$here/prefix" "$prefix"
  if grep -rlF -e "$root" -e "$here" "$prefix" --include=*.{cmake,pc,h}; then
    fail "these name a folder of the build"
  fi

  build "$consumer" "$here/find_package" -DCMAKE_PREFIX_PATH="$prefix"
  expect_hello find_package "$here/find_package/hello"

  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  for component in $components; do
    [[ $component == core ]] || modules+=("weft-$component")
  done
  # Every header that is installed compiles, as any dependant may have it.
  (cd "$prefix/include" && find weft -name '*.h') |
    sed 's/.*/#include "&"/' >"$here/all.cc"
  # Boost.Asio 1.74 needs <utility> first.
  "$compiler" -std=c++20 -fsyntax-only -include utility "$here/all.cc" \
    $(pkg-config --cflags "${modules[@]}") || fail "headers do not compile"
  "$compiler" -std=c++20 "$consumer/hello.cc" -o "$here/hello" \
    $(pkg-config --cflags --libs weft-onetbb) || fail "pkg-config does not link"
  LD_LIBRARY_PATH=$prefix/lib expect_hello pkg-config "$here/hello"
  [[ -f $(pkg-config --variable=tsan_suppressions weft) ]] ||
    fail "no file of suppressions"

  build "$consumer" "$here/fetched" -DTAKE_WEFT_BY=FetchContent
  expect_hello FetchContent "$here/fetched/hello"
  [[ ${all-} ]] || return 0
  build "$consumer" "$here/added" -DTAKE_WEFT_BY=add_subdirectory
  expect_hello add_subdirectory "$here/added/hello"
}

if [[ "${1-}" == --all ]]; then
  all=yes
  for compiler in g++ clang++-19; do
    for shared in OFF ON; do
      check "$compiler" "$shared"
      echo "$compiler, shared: $shared: good"
    done
  done
else
  check g++ ON
fi
