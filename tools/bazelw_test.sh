#!/bin/bash
# bazelw asks for the packages that the command at hand needs, then runs Bazel
# with all its arguments.

set -euo pipefail

readonly core="bazel-bootstrap g++ libabsl-dev libtbb-dev"
readonly examples="libboost-dev nlohmann-json3-dev zlib1g-dev"
readonly grpc="libgrpc++-dev libprotobuf-dev"
readonly grpc_examples="$examples $grpc protobuf-compiler protobuf-compiler-grpc python3-grpcio python3-protobuf"
readonly all="$grpc_examples libnats-dev libprotozero-dev libspdlog-dev chromium elfutils gdb golang-1.19-src libbenchmark-dev libgmock-dev libgtest-dev nats-server openssl prometheus prometheus-cpp-dev python3"
readonly clang="clang-19 libclang-rt-19-dev libomp-19-dev lld-19"
failures=0

mkdir -p "$TEST_TMPDIR"/tree/tools "$TEST_TMPDIR"/bin
cp bazelw "$TEST_TMPDIR/tree"
printf '#!/bin/bash\necho "$@" >"$TEST_TMPDIR/packages"\n' \
  >"$TEST_TMPDIR/tree/tools/install_packages.sh"
printf '#!/bin/bash\necho "$@" >"$TEST_TMPDIR/arguments"\n' \
  >"$TEST_TMPDIR/bin/bazel"
chmod +x "$TEST_TMPDIR"/tree/tools/* "$TEST_TMPDIR"/bin/*
PATH=$TEST_TMPDIR/bin:$PATH

# Calls bazelw with the arguments that follow the packages that it needs.
needs() {
  "$TEST_TMPDIR/tree/bazelw" "${@:2}"
  local packages arguments
  packages=$(xargs -n1 <"$TEST_TMPDIR/packages" | sort -u)
  arguments=$(cat "$TEST_TMPDIR/arguments")
  if [[ "$packages" != "$(xargs -n1 <<<"$1" | sort -u)" ]]; then
    echo "FAIL: bazelw ${*:2} asks for" $packages
    failures=1
  fi
  if [[ "$arguments" != "${*:2}" ]]; then
    echo "FAIL: bazelw ${*:2} runs bazel $arguments"
    failures=1
  fi
}

needs "$core"
needs "$core" info
needs "$core" query //...
needs "$core" build //:weft
needs "$core" build //executor:future //adapters/onetbb
needs "$core" run //:hello
needs "$core libboost-dev" build //:weft //:asio
needs "$core $grpc" build //:grpc
needs "$core libnats-dev" build //:nats
needs "$core nlohmann-json3-dev" build //:json
needs "$core prometheus-cpp-dev" build //:prometheus
needs "$core libprotozero-dev" build //:profiler
needs "$core libspdlog-dev" build //:weft //:spdlog
needs "$core libboost-dev" build //:beast
needs "$core $examples" run //examples:request_server -- --demo
needs "$core $grpc_examples" run //examples:grpc_server -- --demo
needs "$core $examples libnats-dev nats-server" \
  run //examples:distributed_pipeline -- --demo
needs "$core $examples" run -c opt //examples:request_server -- //tests:all
needs "$core $all" test //context:all
needs "$core $all" build //...
needs "$core $all" build //examples/...
needs "$core $all" build --config=ci //tests/support:event_log
needs "$core $all" build //:weft //benchmarks:compare
needs "$core $all" build :weft
needs "$core $clang" build --config=clang //:weft
needs "$core $clang" build --config clang //:weft
exit "$failures"
