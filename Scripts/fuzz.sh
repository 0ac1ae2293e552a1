#!/usr/bin/env bash
# Fuzzes what reads a peer's bytes, with libFuzzer and AddressSanitizer: frames, a whole server connection
# (against the reference model of the tests), messages.
#
#   Scripts/fuzz.sh [SECONDS [TARGET...]]     each target for SECONDS (60); of frames, connection, messages
#
# It begins with Tests/Fuzz/Corpus and keeps what it finds in .berth/fuzz/corpus. An input that fails is left in
# .berth/fuzz/found; .berth/fuzz/bin/fuzz-TARGET FILE replays it.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(frames connection messages)
folder=$PWD/.berth/fuzz
mkdir -p "$folder/package" "$folder/bin" "$folder/found"
ln -sfn "$PWD/Sources" "$folder/package/Sources"
ln -sfn "$PWD/Tests" "$folder/package/Tests"
cp Tests/Fuzz/Package.swift "$folder/package/Package.swift"

say "building the fuzz targets (the first time takes some minutes)"
for target in "${targets[@]}"; do
  # Optimized, but with the assertions of a debug build; the sanitizers are named twice because SwiftPM
  # passes them to the compiler one by one, which turns coverage off.
  swift build --package-path "$folder/package" --product "fuzz-$target" \
    --sanitize=fuzzer --sanitize=address -Xswiftc -sanitize=fuzzer,address -Xswiftc -O \
    2>&1 | { grep -vE 'Cannot export local symbol' || true; }
  bin=$(swift build --package-path "$folder/package" --show-bin-path --sanitize=fuzzer --sanitize=address)
  cp "$bin/fuzz-$target" "$folder/bin/"
done

status=0
for target in "${targets[@]}"; do
  mkdir -p "$folder/corpus/$target"
  say "fuzzing $target for $seconds seconds"
  # Swift's own backtrace would catch the signal before libFuzzer sees it.
  SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 "$folder/bin/fuzz-$target" \
    -max_total_time="$seconds" -max_len=20000 -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
    -artifact_prefix="$folder/found/$target-" "$folder/corpus/$target" "Tests/Fuzz/Corpus/$target" \
    >"$folder/$target.log" 2>&1 || { status=1; tail -n 40 "$folder/$target.log"; }
  grep -E 'stat::number_of_executed_units|stat::average_exec|DONE' "$folder/$target.log" || true
done
exit "$status"
