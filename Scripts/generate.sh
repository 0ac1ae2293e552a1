#!/usr/bin/env bash
# Writes everything that comes from .proto files: the C structs (protoc-c), the Swift messages, client
# stubs and server protocols (Tools/protoc-gen-berth) of Berth, its benchmarks and its example. The
# output depends on the input alone.
#
#   Scripts/generate.sh           write it
#   Scripts/generate.sh --check   write it to a temporary folder and fail if the tree differs
#
# For a package of your own: Scripts/generate-package.sh.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
. Scripts/shell/generation.sh
case ${1:-} in
--check) mode=check ;;
'') mode=write ;;
*) fail "usage: Scripts/generate.sh [--check]" ;;
esac

begin_generation Protos
# Services that every server has; the others are the control plane's.
standard=(berth/v1/health.proto berth/v1/reflection.proto berth/v1/statistics.proto)
own=()
for path in "${protos[@]}"; do
  [[ " ${standard[*]} " == *" $path "* ]] || own+=("$path")
done
well_known=(google/protobuf/duration.proto google/protobuf/timestamp.proto)

generate_c Sources/CLibraries/CMessages CMessages "${protos[@]}" "${well_known[@]}"
generate_swift Sources/Messages/Generated "mode=messages,registry=Services,well_known=true" "${protos[@]}"
generate_swift Sources/RPCClient/Generated "mode=client,imports=Messages;Wire" "${protos[@]}"
generate_swift Sources/RPCServer/Generated "mode=server,visibility=package,imports=Messages;Wire" \
  "${standard[@]}"
generate_swift Sources/ControlPlane/Generated \
  "mode=server,visibility=package,imports=Messages;RPCServer;Wire" "${own[@]}"
stale=0
end_generation "$mode" Sources/CLibraries/CMessages Sources/Messages/Generated \
  Sources/RPCClient/Generated Sources/RPCServer/Generated Sources/ControlPlane/Generated || stale=1

check=()
[ "$mode" = write ] || check=(--check)
Scripts/generate-package.sh "${check[@]}" --protos Benchmarks/Protos --out Benchmarks/Sources \
  --c-module CBenchMessages --messages BenchMessages --server bench-server || stale=1
Scripts/generate-package.sh "${check[@]}" --protos Examples/greeter/Protos \
  --out Examples/greeter/Sources --c-module CGreeter --module greeter || stale=1
Scripts/generate-package.sh "${check[@]}" --protos Tests/Protos --out Tests --c-module CInterop \
  --module RPCTests --visibility package || stale=1
Scripts/generate-package.sh "${check[@]}" --protos Tests/MessagesTests/Protos --out Tests \
  --c-module CKinds --module MessagesTests --visibility package || stale=1

if ((stale)); then
  fail "the generated code is not what the .proto files make; run 'make generate' and commit"
fi
[ "$mode" = write ] || echo "generate: up to date"
