#!/usr/bin/env bash
# Runs the benchmarks against a private stack of its own, in release, and takes it down again.
#
#   Scripts/bench.sh [-o json] [OPTION OF create-to-running...]
#
# What it starts lives under .berth/bench, with an empty database each time. The simulated engine is used:
# the way through Berth is measured, not Docker's.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
folder=$PWD/.berth/bench
# Standard output is the report's alone, so that -o json can be read by a program.
exec 3>&1 1>&2
start_seconds=60 stop_seconds=20
mkdir -p "$folder/log"
if [ -z "${BERTH_BENCH_LOCKED:-}" ]; then
  # One run at a time; -o keeps the lock out of what is started.
  exec flock -o "$folder/lock" env BERTH_BENCH_LOCKED=yes "$0" "$@" 1>&3
fi
unset BERTH_BENCH_LOCKED
bin=$PWD/.berth/bin
for program in berthd berth berth-agent; do
  [ -x "$bin/$program" ] || fail "no $program in .berth/bin: run make build"
done

say "building the benchmarks (release; the first time takes some minutes)"
swift build --package-path Benchmarks -c release --product create-to-running >"$folder/log/build.log" 2>&1 || {
  show_tail "$folder/log/build.log"
  fail "the benchmarks could not be built"
}
benchmark=$(swift build --package-path Benchmarks -c release --show-bin-path)/create-to-running

down() {
  local status=0
  stop_recorded "$folder/agent.pid" berth-agent "$stop_seconds" || status=1
  stop_recorded "$folder/berthd.pid" berthd "$stop_seconds" || status=1
  Scripts/services.sh down "$folder" || status=1
  return "$status"
}
# shellcheck disable=SC2317 # called by the trap
finish() {
  local status=$?
  trap - EXIT
  trap '' INT TERM
  down || status=1
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

down
rm -rf "$folder/postgres" "$folder/redis" "$folder/agent" "$folder/port" "$folder/admin.token"
Scripts/certificates.sh "$folder/certificates"
Scripts/services.sh up "$folder"
# shellcheck source=/dev/null
. "$folder/services.env"

serves() { is_gone "$folder/berthd.pid" || [ -s "$folder/port" ]; }
(
  export DATABASE_URL REDIS_URL
  export BERTH_ENVIRONMENT=development BERTH_LISTEN=127.0.0.1:0 BERTH_LOG_LEVEL=warning
  export BERTH_PORT_FILE=$folder/port BERTH_ADMIN_TOKEN_FILE=$folder/admin.token
  export BERTH_TLS_CERTIFICATE=$folder/certificates/server.pem
  export BERTH_TLS_KEY=$folder/certificates/server-key.pem
  cd "$folder"
  start_recorded "$folder/berthd.pid" "$folder/log/berthd.log" "$bin/berthd"
)
wait_until "$start_seconds" berthd serves
[ -s "$folder/port" ] || { show_tail "$folder/log/berthd.log"; fail "berthd did not start"; }
server=(--address "127.0.0.1:$(cat "$folder/port")" --ca "$folder/certificates/ca.pem")

as_admin() { BERTH_CONFIG_HOME=$folder/cli "$bin/berth" "$@" "${server[@]}" --token-file "$folder/admin.token"; }
as_admin org create bench >/dev/null
as_admin cluster create bench --cpu 64 --memory 256GiB --gpu 8 >/dev/null
cluster=$(as_admin -o json cluster get bench | json_field id)
mkdir -p "$folder/agent"
(umask 077 && as_admin cluster agent-token bench >"$folder/agent/token")
start_recorded "$folder/agent.pid" "$folder/log/agent.log" "$bin/berth-agent" "${server[@]}" \
  --token-file "$folder/agent/token" --state-folder "$folder/agent/state" --engine simulated
is_attached() { as_admin -o json cluster get bench | grep -q '"agentAttached": *true'; }
has_settled() { is_gone "$folder/agent.pid" || is_attached; }
wait_until "$start_seconds" "the agent to attach" has_settled || true
is_attached || { show_tail "$folder/log/agent.log"; fail "the agent did not attach"; }

say "measuring"
"$benchmark" "${server[@]}" --token-file "$folder/admin.token" --cluster "$cluster" \
  --database-url "$DATABASE_URL" "$@" >&3
say "skipped: real containers (the engine's own time is not Berth's), throughput, other calls"
