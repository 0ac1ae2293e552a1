#!/usr/bin/env bash
# Makes the demo's container image without a registry: a small model server in C, statically linked.
#
#   Scripts/demo-image.sh FOLDER [DOCKER_HOST]
#
# Leaves the program and its weights under FOLDER/demo-model and, where an engine is named, imports
# them as the image berth-demo-model:latest. What is up to date is kept.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
[ $# -ge 1 ] || fail "usage: Scripts/demo-image.sh FOLDER [DOCKER_HOST]"
folder=$1/demo-model host=${2:-}
image=berth-demo-model:latest source=Examples/demo-model

mkdir -p "$folder"
hash=$(cat "$source"/model.c "$source"/weights.txt "$0" | sha256sum | cut -c1-16)
if [ "$(cat "$folder/.made" 2>/dev/null)" != "$hash" ]; then
  # The Swift toolchain brings its own C compiler.
  compiler=$(dirname "$(readlink -f "$(command -v swift)")")/clang
  [ -x "$compiler" ] || compiler=$(command -v cc || command -v clang) || fail "no C compiler"
  "$compiler" -static -O2 -std=c11 -D_GNU_SOURCE -Wall -Wextra -o "$folder/model" "$source/model.c" -lm ||
    fail "the demo's model server could not be compiled"
  cp "$source/weights.txt" "$folder/weights.txt"
  printf '%s\n' "$hash" >"$folder/.made"
fi
[ -n "$host" ] || exit 0

docker() { env -u DOCKER_CONTEXT DOCKER_HOST="$host" docker "$@"; }
have=$(docker image inspect --format '{{index .Config.Labels "berth.source"}}' "$image" 2>/dev/null) || have=
if [ "$have" != "$hash" ]; then
  tar -C "$folder" --owner=0 --group=0 --mtime=@0 -c model weights.txt |
    docker import --change 'ENTRYPOINT ["/model"]' --change 'CMD ["--seconds", "5"]' \
      --change "LABEL berth.source=$hash" - "$image" >/dev/null || fail "the engine at $host did not import $image"
  say "made the image $image ($(du -h "$folder/model" | cut -f1), no registry involved)"
fi
