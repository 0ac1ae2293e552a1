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
. Scripts/shell/bench.sh
once_at_a_time "$@"
needs_programs berthd berth berth-agent

say "building the benchmarks (release; the first time takes some minutes)"
# Else SwiftPM does not look for files that are new in a package which this one depends on by its path.
touch Benchmarks/Package.swift
swift build --package-path Benchmarks -c release --product create-to-running >"$folder/log/build.log" 2>&1 || {
  show_tail "$folder/log/build.log"
  fail "the benchmarks could not be built"
}
benchmark=$(swift build --package-path Benchmarks -c release --show-bin-path)/create-to-running

start_services
rm -rf "$folder/agent"
prepare_berthd
run_berthd

as_admin org create bench >/dev/null
as_admin cluster create bench --cpu 64 --memory 256GiB --gpu 8 >/dev/null
cluster=$(as_admin -o json cluster get bench | json_field id)
mkdir -p "$folder/agent"
(umask 077 && as_admin cluster agent-token bench >"$folder/agent/token")
start_recorded "$folder/agent.pid" "$folder/log/agent.log" "$bin/berth-agent" "${server[@]}" \
  --token-file "$folder/agent/token" --state-folder "$folder/agent/state" --engine simulated
is_attached() { as_admin -o json cluster get bench | grep -q '"agentAttached": *true'; }
agent_has_settled() { is_gone "$folder/agent.pid" || is_attached; }
wait_until "$start_seconds" "the agent to attach" agent_has_settled || true
is_attached || { show_tail "$folder/log/agent.log"; fail "the agent did not attach"; }

say "measuring"
"$benchmark" "${server[@]}" --token-file "$folder/admin.token" --cluster "$cluster" \
  --database-url "$DATABASE_URL" "$@" >&3
say "skipped: real containers (the engine's own time is not Berth's), throughput, other calls"
