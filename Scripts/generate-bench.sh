#!/usr/bin/env bash
# Writes what comes from Benchmarks/Protos/bench.proto: the C structs (protoc-c) and the Swift messages
# and handler protocol (Tools/protoc-gen-berth) of the benchmark server.
#
# Needs protobuf-compiler, protobuf-c-compiler.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
for tool in protoc protoc-c swift; do
  command -v "$tool" >/dev/null || fail "$tool is not installed"
done

swift build --package-path Tools --scratch-path Tools/.build --product protoc-gen-berth >&2
plugin="$(swift build --package-path Tools --scratch-path Tools/.build --show-bin-path)/protoc-gen-berth"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

protoc -IBenchmarks/Protos --include_imports --include_source_info \
  --descriptor_set_out="$work/all.binpb" bench.proto
"$plugin" --c-descriptors <"$work/all.binpb" >"$work/c.binpb"
mkdir "$work/c" "$work/messages" "$work/server"
protoc --descriptor_set_in="$work/c.binpb" --c_out="$work/c" bench.proto
generate() { # folder, options
  protoc --descriptor_set_in="$work/all.binpb" --plugin=protoc-gen-berth="$plugin" \
    --berth_opt="$2" --berth_out="$work/$1" bench.proto
}
generate messages "mode=messages,c_module=CBenchMessages,imports=Messages"
generate server "mode=server,visibility=package,imports=BenchMessages;RPCServer;Wire"
find "$work" -name '*.swift' -print0 | xargs -0 swift format --in-place --configuration .swift-format

target=Benchmarks/Sources
install -D -m 644 "$work/c/bench.pb-c.c" "$target/CBenchMessages/bench.pb-c.c"
install -D -m 644 "$work/c/bench.pb-c.h" "$target/CBenchMessages/include/bench.pb-c.h"
install -D -m 644 "$work/messages/bench.pb.swift" "$target/BenchMessages/Generated/bench.pb.swift"
install -D -m 644 "$work/server/bench.server.swift" "$target/bench-server/Generated/bench.server.swift"
