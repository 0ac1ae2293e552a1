#!/usr/bin/env bash
# Writes what comes from the proto of the interoperability tests; Scripts/generate.sh calls it.
#
#   Scripts/generate-interop.sh PLUGIN [--check]
#
# PLUGIN is the built protoc-gen-berth. --check fails if the tree differs.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
plugin=$1 check=${2:-}

c_module=Tests/CInterop swift_folder=Tests/RPCTests/Interop/Generated
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/c" "$work/$c_module/include" "$work/$swift_folder"

protoc -I"$c_module/Protos" --include_source_info --descriptor_set_out="$work/all.binpb" interop.proto
"$plugin" --c-descriptors <"$work/all.binpb" >"$work/c.binpb"
protoc --descriptor_set_in="$work/c.binpb" --c_out="$work/c" interop.proto
mv "$work/c/interop.pb-c.h" "$work/$c_module/include/"
mv "$work/c/interop.pb-c.c" "$work/$c_module/"
generate() { # options
  protoc --descriptor_set_in="$work/all.binpb" --plugin=protoc-gen-berth="$plugin" \
    --berth_opt="visibility=package,$1" --berth_out="$work/$swift_folder" interop.proto
}
generate "mode=messages,c_module=CInterop,imports=Messages"
generate "mode=client,imports=RPCClient;Wire"
generate "mode=server,imports=RPCServer;Wire"
find "$work/Tests" -name '*.swift' -print0 |
  xargs -0 swift format --in-place --configuration .swift-format

stale=0
while IFS= read -r path; do
  cmp -s "$work/$path" "$path" && continue
  if [ "$check" = --check ]; then
    diff -u "$path" "$work/$path" || stale=1
  else
    install -D -m 644 "$work/$path" "$path"
  fi
done < <(cd "$work" && find Tests -type f)
if ((stale)); then
  echo "generate: the interoperability tests' code is not what their proto makes" >&2
  exit 1
fi
