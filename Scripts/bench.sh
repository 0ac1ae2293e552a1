#!/usr/bin/env bash
# Builds the benchmarks for release and runs them against the running stack (make up).
#
#   Scripts/bench.sh [NAME [OPTION...]]     without a name all of them, one after another
#
# They find the stack by the assignments of .berth/env and the programs in BERTH_BIN.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
[ -s .berth/env ] || fail "the stack does not run: make up"
export BERTH_BIN=$PWD/.berth/bin
set -a
# shellcheck source=/dev/null
. .berth/env
set +a
mapfile -t names < <(cd Benchmarks/Sources 2>/dev/null && ls)
[ "${#names[@]}" -gt 0 ] || fail "no benchmarks in Benchmarks/Sources"
if [ $# -gt 0 ]; then names=("$1"); shift; fi
swift build -c release --package-path Benchmarks || fail "the build failed"
built=$(swift build -c release --package-path Benchmarks --show-bin-path)
for name in "${names[@]}"; do
  # A folder without a program is a library of the others.
  [ -x "$built/$name" ] || continue
  printf '%s%s%s\n' "$bold" "$name" "$plain"
  "$built/$name" "$@"
done
