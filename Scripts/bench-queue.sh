#!/usr/bin/env bash
# Measures how berthd starts with a long queue: how long until it leads with the queue in its books, what memory
# that takes, and what callers notice of it meanwhile.
#
#   Scripts/bench-queue.sh [-o json] [--deployments N]
#
# It starts a private PostgreSQL, Redis and berthd under .berth/bench-queue, with an empty database each time, and
# takes them down after. The deployments (1,000,000) are written into the tables: ten organizations, a hundred
# clusters, all full, so that every deployment waits.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
usage="usage: Scripts/bench-queue.sh [-o json] [--deployments N]"
folder=$PWD/.berth/bench-queue
. Scripts/shell/bench.sh
once_at_a_time "$@"
organizations=10 clusters=100
output=table deployments=1000000
while [ $# -gt 0 ]; do
  case $1 in
    -o) output=${2:?$usage}; shift 2 ;;
    --deployments) deployments=${2:?$usage}; shift 2 ;;
    *) fail "$usage" ;;
  esac
done
[[ $deployments =~ ^[1-9][0-9]{0,8}$ ]] || fail "--deployments: 1 to 999999999"
needs_programs berthd berth
start_services
prepare_berthd
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# The schema, by the program itself.
run_berthd
stop_berthd

say "writing $deployments deployments"
sql "
INSERT INTO organizations (id, name, created_at, updated_at)
SELECT gen_random_uuid(), 'bench-' || n, now(), now() FROM generate_series(1, $organizations) AS n;
INSERT INTO clusters (id, organization_id, name, cpu_capacity, memory_capacity, gpu_capacity, gpu_devices,
  created_at, updated_at, gpu_model)
SELECT gen_random_uuid(), o.id, 'cluster-' || n, 96000, 412316860416, 8000, array_fill(0, '{8}'), now(), now(), 'A100'
FROM (SELECT id, row_number() OVER (ORDER BY id) AS k FROM organizations) AS o
JOIN generate_series(1, $clusters) AS n ON n % $organizations = o.k % $organizations;
-- One deployment a cluster holds all of it.
INSERT INTO deployments (id, organization_id, requested_cluster, placed_cluster, cpu, memory, gpu, created_at,
  updated_at, scheduled_at, priority, max_attempts, attempt, state, reason, name, image, created_by, command, env,
  gpu_models, gpu_devices)
SELECT gen_random_uuid(), organization_id, NULL, id, cpu_capacity, memory_capacity, gpu_capacity, now(), now(), now(),
  10, 3, 1, 'scheduled', 'placed', 'full', 'registry.example.com/models/bert:1.0', 'bench', '{serve}', '{}', '{}',
  '{0,1,2,3,4,5,6,7}' FROM clusters;
UPDATE clusters SET cpu_allocated = cpu_capacity, memory_allocated = memory_capacity, gpu_allocated = gpu_capacity,
  gpu_devices = array_fill(1000, '{8}');
INSERT INTO deployments (id, organization_id, cpu, memory, gpu, created_at, updated_at, priority, max_attempts, state,
  reason, name, image, created_by, command, env, gpu_models)
SELECT gen_random_uuid(), o.id, 500 + n % 16 * 500, (1 + n % 32) * 1073741824::bigint,
  CASE n % 8 WHEN 0 THEN 0 WHEN 1 THEN 250 WHEN 2 THEN 500 WHEN 3 THEN 2000 WHEN 4 THEN 4000 WHEN 5 THEN 8000
    ELSE 1000 END,
  now() - n * interval '1 ms', now(), n % 4, 3, 'queued', 'waiting for room', 'bench-' || n,
  'registry.example.com/models/bert:1.0', 'service-account:bench', '{serve,--port,8000}', '{MODEL,bert,BATCH,8}',
  CASE WHEN n % 3 = 0 THEN '{A100}' ELSE '{}' END::text[]
FROM generate_series(1, $deployments) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS k FROM organizations) AS o ON o.k = 1 + n % $organizations;
INSERT INTO deployment_events (deployment_id, at, attempt, state, reason)
SELECT id, created_at, attempt, state, reason FROM deployments"
sql "VACUUM ANALYZE deployments, deployment_events, clusters"

# Callers during the load: the longest of health checks that follow one another.
longest_ms=0
say "starting berthd"
: >"$folder/log/berthd.log"
began=$(now_ms)
start_berthd info
await_berthd
answered=$(($(now_ms) - began))
until grep -q 'loaded the queue' "$folder/log/berthd.log"; do
  is_gone "$folder/berthd.pid" && { show_tail "$folder/log/berthd.log"; fail "berthd ended"; }
  [ $(($(now_ms) - began)) -lt $((start_seconds * 1000)) ] || fail "the queue was not loaded in $start_seconds s"
  before=$(now_ms)
  is_healthy || fail "berthd did not answer while it loaded"
  took=$(($(now_ms) - before))
  [ "$took" -le "$longest_ms" ] || longest_ms=$took
done
loaded=$(($(now_ms) - began))
grep 'loaded the queue' "$folder/log/berthd.log" | tail -1
grep -q "\"queued\":\"$deployments\"" "$folder/log/berthd.log" || fail "not all was loaded"
loaded_kib=$(memory_kib VmRSS)
# Room for one: how long until it is given away.
room_began=$(now_ms)
freed=$(sql "SELECT id FROM clusters ORDER BY id LIMIT 1")
full=$(sql "SELECT id FROM deployments WHERE placed_cluster = '$freed'")
as_admin complete "$full" >/dev/null
is_placed() { [ "$(sql "SELECT count(*) FROM deployments WHERE placed_cluster = '$freed' AND state = 'scheduled'")" -gt 0 ]; }
wait_until "$start_seconds" "a placement" is_placed
placed=$(($(now_ms) - room_began))
peak=$(memory_kib VmHWM)

if [ "$output" = json ]; then
  printf '{"deployments":%s,"first_answer_ms":%s,"loaded_ms":%s,"loaded_kib":%s,"peak_kib":%s,"slowest_health_ms":%s,"placed_ms":%s}\n' \
    "$deployments" "$answered" "$loaded" "$loaded_kib" "$peak" "$longest_ms" "$placed" >&3
else
  {
    printf '| queue of %s deployments | | target |\n|---|---|---|\n' "$deployments"
    printf '| from exec to the first answer | %s ms | |\n' "$answered"
    printf '| from exec to leading with the queue in its books | %s.%01d s | < 10 s |\n' $((loaded / 1000)) $((loaded % 1000 / 100))
    printf '| resident memory then, and at most | %s MiB, %s MiB | < 1024 MiB |\n' $((loaded_kib / 1024)) $((peak / 1024))
    printf '| slowest of the health checks meanwhile, by the CLI | %s ms | |\n' "$longest_ms"
    printf '| from a completed deployment to the next in its room | %s ms | |\n' "$placed"
  } >&3
fi
