#!/usr/bin/env bash
# Builds everything once and runs all tests against private services and, where possible, real containers.
#
#   Scripts/test.sh [OPTION OF swift test...]
#   Scripts/test.sh env       starts the services, leaves them running and prints what tests need, as
#                             shell exports: eval "$(Scripts/test.sh env)"; swift test --filter Some
#   Scripts/test.sh down      stops them
#
# What it starts lives under .berth/test and is stopped at the end, however that comes about.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
folder=$PWD/.berth/test
run_seconds=1500
# 100,000 deployments and every fault many times.
[ -z "${BERTH_SOAK:-}" ] || run_seconds=14400
# Tests at a time. All at once they would be late for their own deadlines.
width=$((2 * $(nproc)))
mkdir -p "$folder/log"
if [ -z "${BERTH_TEST_LOCKED:-}" ]; then
  # One run at a time; -o keeps the lock out of what is started.
  exec flock -o "$folder/lock" env BERTH_TEST_LOCKED=yes "$0" "$@"
fi
unset BERTH_TEST_LOCKED

services_up() {
  Scripts/certificates.sh "$folder/certificates"
  Scripts/python-client.sh "$folder/python"
  Scripts/services.sh up "$folder" --pooler --tls "$folder/certificates"
  Scripts/engine.sh up "$folder"
  # shellcheck source=/dev/null
  . "$folder/engine.env"
  Scripts/demo-image.sh "$folder" "$BERTH_DOCKER_HOST"
}
services_down() {
  local status=0
  Scripts/engine.sh down "$folder" || status=1
  Scripts/services.sh down "$folder" || status=1
  return "$status"
}
assignments() { # NAME VALUE lines of what the tests read
  # shellcheck source=/dev/null
  . "$folder/services.env"
  # shellcheck source=/dev/null
  . "$folder/engine.env"
  printf "export %s='%s'\n" \
    BERTH_TEST_DATABASE_URL "$DATABASE_URL" \
    BERTH_TEST_DATABASE_TLS_URL "$DATABASE_TLS_URL" \
    BERTH_TEST_REDIS_URL "$REDIS_URL" \
    BERTH_TEST_PGBOUNCER_URL "$PGBOUNCER_URL" \
    BERTH_TEST_CERTIFICATES "$folder/certificates" \
    BERTH_TEST_PYTHON "$folder/python"
  if [ "$BERTH_ENGINE" = docker ]; then
    printf "export %s='%s'\n" BERTH_TEST_DOCKER_HOST "$BERTH_DOCKER_HOST" \
      BERTH_TEST_DOCKER_IMAGE berth-demo-model:latest
  fi
}

case ${1:-} in
  env)
    services_up >&2
    assignments
    exit
    ;;
  down)
    services_down
    exit
    ;;
esac

# shellcheck disable=SC2317 # called by the trap
finish() {
  local status=$?
  trap - EXIT
  trap '' INT TERM
  services_down || status=1
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Each run begins with an empty database, whatever the last one left.
services_down
rm -rf "$folder/postgres" "$folder/redis" "$folder/closing-line" "$folder/failures"
services_up
eval "$(assignments)"

say "building everything (the first time takes some minutes)"
swift build --build-tests || fail "the build failed"
# Now, and not while tests that measure time run. ExampleTests find it here.
swift build --build-tests --package-path Examples/greeter --scratch-path .build/examples/greeter ||
  fail "the build of Examples/greeter failed"
BERTH_TEST_BIN=$(swift build --show-bin-path)
export BERTH_TEST_BIN

limit=(timeout --kill-after 30)
# On a terminal Ctrl-C is to reach the tests.
[ ! -t 1 ] || limit+=(--foreground)
run() { # NAME OPTION OF swift test...
  local log="$folder/log/$1.log" status=0
  shift
  "${limit[@]}" "$run_seconds" swift test --skip-build --disable-xctest \
    --experimental-maximum-parallelization-width "$width" "$@" </dev/null 2>&1 |
    tee "$log" || status=$?
  [ "$status" != 124 ] || warn "the tests did not end within $run_seconds seconds"
  grep -E 'Test run with [0-9]+ tests? ' "$log" | tail -n 1 >"$folder/closing-line" || true
  [ -s "$folder/closing-line" ] || { warn "no test ran"; [ "$status" != 0 ] || status=1; }
  if grep -qE 'with 0 tests' "$folder/closing-line"; then warn "no test ran"; status=1; fi
  [ "$status" = 0 ] || {
    warn "failed (exit $status, the whole of it in $log):"
    # What went wrong, for the end of an output of thousands of lines.
    grep -aE '✘|↳|Fatal error|Program crashed|with signal' "$log" | tail -n 60 >>"$folder/failures" || true
  }
  return "$status"
}

status=0
if [ $# -gt 0 ]; then
  say "running the tests"
  run swift-test "$@" || status=$?
else
  # They load both processors for long enough to make others late.
  say "running the soak tests"
  run soak --filter SoakTests || status=$?
  say "running the fault runs"
  run faults --filter FaultRunTests || status=$?
  say "running the others"
  run others --skip 'SoakTests|FaultRunTests' || status=$?
fi
[ ! -s "$folder/failures" ] || { warn "what failed:"; cat "$folder/failures" >&2; }
exit "$status"
