#!/usr/bin/env bash
# Builds the programs for release and puts them into .berth/bin.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
programs=(berthd berth berth-agent berth-console)

say "building the programs (release; the first time takes some minutes)"
# With Swift's runtime within: a program runs where no Swift is installed, and calls it directly.
swift build -c release --static-swift-stdlib || fail "the build failed"
built=$(swift build -c release --show-bin-path)
mkdir -p .berth/bin
for program in "${programs[@]}"; do
  # A running program's file cannot be written to, but its name can be given to another.
  if ! cmp -s "$built/$program" ".berth/bin/$program"; then
    cp "$built/$program" ".berth/bin/$program.new"
    mv ".berth/bin/$program.new" ".berth/bin/$program"
  fi
done
