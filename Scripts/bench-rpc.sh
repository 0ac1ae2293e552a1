#!/usr/bin/env bash
# Measures the RPC server side by side with what C can do, gRPC C++ and grpc-swift-2, and prints a table.
#
#   Scripts/bench-rpc.sh --only berth,limit                     our server and the C limit alone
#   Scripts/bench-rpc.sh --only berth --loads 8x64 --rounds 1   one load on our server
#   Scripts/bench-rpc.sh [OPTION...]
#
#   --only NAMES     of berth, limit, grpc-cpp, grpc-swift (with commas); what is not named is not built
#   --loads NAMES    of idle, handshake, 1x1, 64x1, 8x64, echo
#   --rounds N       interleaved rounds whose medians are shown (3)
#   --seconds S      a load is measured for (4), after --warm-up S (1)
#   --built          what was built last is measured; nothing is installed or compiled
#   --document       writes the tables into docs/performance.md, too
#   -o json          every figure of every run
#
# The server runs on the first CPU and the load on the second. Server CPU a call is user and system time
# from /proc/PID/stat over the calls of the same seconds. What cannot be built is left out with a word.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
# Standard output is the report's alone, so that -o json can be read by a program.
exec 3>&1 1>&2
folder=$PWD/.berth/bench-rpc
only='' is_built=no options=() words=("$@")
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&3; exit 0 ;;
    --only) only=${2:?names}; options+=(--only "$2"); shift ;;
    --built) is_built=yes ;;
    --document) options+=(--document docs/performance.md) ;;
    *) options+=("$1") ;;
  esac
  shift
done
for name in ${only//,/ }; do
  case $name in
    berth | limit | grpc-cpp | grpc-swift) ;;
    *) fail "no server $name; there are berth, limit, grpc-cpp, grpc-swift" ;;
  esac
done
wants() { [ -z "$only" ] || [[ ",$only," == *",$1,"* ]]; }
mkdir -p "$folder/generated" "$folder/log"
if [ -z "${BERTH_BENCH_LOCKED:-}" ]; then
  # One run at a time; -o keeps the lock out of what is started.
  exec flock -o "$folder/lock" env BERTH_BENCH_LOCKED=yes "$0" \
    "${words[@]}" 1>&3
fi
skipped=()
skip() {
  warn "$1 is left out: $2"
  skipped+=(--skipped "$1 ($2)")
}

install_packages() {
  local packages=(gcc libc6-dev libssl-dev libprotobuf-c-dev protobuf-c-compiler protobuf-compiler
    pkg-config python3 openssl) missing=() root=()
  if wants grpc-cpp; then packages+=(g++ libgrpc++-dev protobuf-compiler-grpc libprotobuf-dev); fi
  if wants grpc-cpp || wants grpc-swift; then packages+=(nghttp2-client); fi
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing ${missing[*]}"
  [ "$(id -u)" = 0 ] || root=(sudo)
  apt() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -q -y "$@" \
      </dev/null >>"$folder/log/apt.log" 2>&1
  }
  apt install --no-install-recommends "${missing[@]}" ||
    { apt update && apt install --no-install-recommends "${missing[@]}"; } ||
    warn "not everything could be installed; see $folder/log/apt.log"
}

build_c() {
  local generated=$folder/generated flags=(-O2 -Wall -Wextra -I"$folder/generated")
  protoc -IBenchmarks/Protos --c_out="$generated" bench.proto
  gcc "${flags[@]}" -o "$folder/load" Benchmarks/load/*.c "$generated/bench.pb-c.c" \
    -lssl -lcrypto -lprotobuf-c
  gcc "${flags[@]}" -o "$folder/limit-server" Benchmarks/peers/c-limit/server.c \
    "$generated/bench.pb-c.c" -lssl -lcrypto -lprotobuf-c
}

# shellcheck disable=SC2046 # pkg-config prints words
build_grpc_cpp() {
  local generated=$folder/generated
  protoc -IBenchmarks/Protos --cpp_out="$generated" --grpc_out="$generated" \
    --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" bench.proto
  g++ -std=c++17 -O2 -I"$generated" -o "$folder/grpc-cpp-server.new" \
    Benchmarks/peers/grpc-cpp/server.cc "$generated/bench.pb.cc" "$generated/bench.grpc.pb.cc" \
    $(pkg-config --cflags --libs grpc++ protobuf) -labsl_synchronization -lpthread
  mv "$folder/grpc-cpp-server.new" "$folder/grpc-cpp-server"
}

build_swift() { # package folder, product
  # Else SwiftPM does not look for files that are new in a package which this one depends on by its path.
  touch "$1/Package.swift"
  swift build --package-path "$1" -c release --static-swift-stdlib --product "$2" >"$folder/log/$2.log" 2>&1 &&
    ln -sfn "$(swift build --package-path "$1" -c release --show-bin-path)/$2" "$folder/$2"
}

if [ $is_built = no ]; then
  install_packages
  say "building the load generator and the C limit"
  build_c || fail "the load generator could not be built"
  if wants berth; then
    say "building our server (release; the first time takes some minutes)"
    build_swift Benchmarks bench-server || {
      show_tail "$folder/log/bench-server.log"
      fail "our server could not be built"
    }
  fi
  if wants grpc-cpp; then
    say "building gRPC C++"
    build_grpc_cpp >"$folder/log/grpc-cpp.log" 2>&1 ||
      skip "gRPC C++" "it could not be built, see $folder/log/grpc-cpp.log"
  fi
  if wants grpc-swift; then
    say "building grpc-swift-2 (release; the first time takes many minutes)"
    build_swift Benchmarks/peers/grpc-swift grpc-swift-server ||
      skip "grpc-swift-2" "it could not be built, see $folder/log/grpc-swift-server.log"
  fi
fi
if ! command -v h2load >/dev/null && { wants grpc-cpp || wants grpc-swift; }; then
  skip "gRPC C++ and grpc-swift-2" "h2load (nghttp2-client) is not installed"
  rm -f "$folder/grpc-cpp-server" "$folder/grpc-swift-server"
fi

python3 Benchmarks/peers/mkbody.py "$folder"
[ -s "$folder/cert.pem" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
  -days 3650 -subj /CN=localhost -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>/dev/null
export PEER_CERT=$folder/cert.pem PEER_KEY=$folder/key.pem
# As long as the tokens of a real login.
LOAD_TOKEN=$(printf 'bench%.0s' {1..100})
export LOAD_TOKEN BENCH_SERVER=$folder/bench-server GRPC_SWIFT_SERVER=$folder/grpc-swift-server
python3 Benchmarks/wire/run.py --build "$folder" "${skipped[@]}" "${options[@]}" >&3
