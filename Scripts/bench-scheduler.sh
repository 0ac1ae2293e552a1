#!/usr/bin/env bash
# Measures the scheduler: its engine alone, and its placements through PostgreSQL beside pgbench running the same
# statement in batches of the same size on the same database.
#
#   Scripts/bench-scheduler.sh [-o json] [--rounds N] [--only engine,place] [--document]
#
# The engine is driven in its usual state: full but for a little, or with a queue behind it; one ends, one comes. The
# figures beside a size are its cost in terms of the smallest one's, and the square of the logarithm in the same terms.
# For placements it starts a private PostgreSQL under .berth/bench-scheduler and takes it down after; rounds of pgbench
# and of the scheduler's store take turns, medians are printed. --document writes the table into docs/scheduling.md, too.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
usage="usage: Scripts/bench-scheduler.sh [-o json] [--rounds N] [--only KINDS] [--document]"
folder=$PWD/.berth/bench-scheduler
. Scripts/shell/bench.sh
once_at_a_time "$@"
batch=256 batches=60 clusters=1213
output=table rounds=3 only=engine,place document=''
while [ $# -gt 0 ]; do
  case $1 in
    -o) output=${2:?$usage}; shift 2 ;;
    --rounds) rounds=${2:?$usage}; shift 2 ;;
    --only) only=${2:?$usage}; shift 2 ;;
    --document) document=docs/scheduling.md; shift ;;
    *) fail "$usage" ;;
  esac
done
measures() { case ,$only, in *",$1,"*) return 0 ;; *) return 1 ;; esac; }

say "building the benchmark (release; the first time takes some minutes)"
swift build -c release --product bench-scheduler >"$folder/log/build.log" 2>&1 || {
  show_tail "$folder/log/build.log"
  fail "the benchmark could not be built"
}
bench=$(swift build -c release --show-bin-path)/bench-scheduler

: >"$folder/results"

if measures engine; then
  say "measuring the engine"
  "$bench" engine --rounds "$rounds" | tee -a "$folder/results"
fi

# MARK: Placements

# Deployments and clusters are numbered: the number is the identifier.
fill() {
  local rows=$((rounds * 2 * (batches + 1) * batch))
  sql "INSERT INTO organizations VALUES ('00000000-0000-0000-0000-000000000001', 'bench', now(), now())"
  sql "INSERT INTO clusters (id, organization_id, name, cpu_capacity, memory_capacity, gpu_capacity, gpu_devices,
      created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, '00000000-0000-0000-0000-000000000001', 'c' || n, 1 << 30, 1::bigint << 50,
      0, '{}', now(), now() FROM generate_series(0, $clusters - 1) n"
  sql "INSERT INTO deployments (id, organization_id, cpu, memory, gpu, created_at, updated_at, priority, max_attempts,
      state, reason, name, image, created_by, command, env, gpu_models)
    SELECT lpad(to_hex(n), 32, '0')::uuid, '00000000-0000-0000-0000-000000000001', 500, 1 << 30, 0, now(), now(), 5, 3,
      'queued', 'waiting for room', 'bench', 'registry.example.com/models/bert:1.0', 'user:bench',
      '{serve,--port,8000}', '{MODEL,bert,BATCH,8}', '{}' FROM generate_series(0, $rows - 1) n"
  sql "VACUUM ANALYZE clusters, deployments"
  sql "CHECKPOINT"
}

# The statement as PostgresStore prepares it. What it is called with is read first, by a query that is not counted.
write_script() {
  cat >"$folder/place.sql" <<SQL
\set n :n + 1
\set begin :first + :n * $batch
SELECT array_agg(lpad(to_hex(i), 32, '0')::uuid) AS p2, array_agg(1) AS p3,
  array_agg(lpad(to_hex(i % $clusters), 32, '0')::uuid) AS p4, array_agg('{}'::text) AS p5
FROM generate_series(:begin::integer, :begin::integer + $batch - 1) i \gset
$(sed -E -e '/^ *--/d' -e 's/\$([0-9]+)/:p\1/g' Sources/PostgresStore/Statements/place.sql);
SQL
}

# Milliseconds of the statement, from pgbench's report of each command; a mistake there would be cheap, so rows are counted.
place_pgbench() { # FIRST
  local milliseconds
  pgbench -n -M prepared -r -c 1 -t "$((batches + 1))" -f "$folder/place.sql" -D n=-1 -D "first=$1" -D "p1=$epoch" \
    -D "p6=2027-01-15 08:00:00+00" "$DATABASE_URL" >"$folder/log/pgbench.log" 2>&1 ||
    { show_tail "$folder/log/pgbench.log"; fail "pgbench failed"; }
  milliseconds=$(awk '/WITH fence/ { print $1 }' "$folder/log/pgbench.log")
  awk -v ms="$milliseconds" -v batch="$batch" 'BEGIN { printf "%.0f", 1000 * batch / ms }'
}

if measures place; then
  start_services
  "$bench" place --migrate --database-url "$DATABASE_URL"
  say "filling the database"
  fill
  write_script
  epoch=$(sql "UPDATE scheduler_epoch SET epoch = epoch + 1 RETURNING epoch")
  first=0
  for ((round = 1; round <= rounds; round++)); do
    rate=$(place_pgbench "$first")
    printf 'pgbench %s %s\n' "$batch" "$rate" | tee -a "$folder/results"
    first=$((first + (batches + 1) * batch))
    rate=$("$bench" place --database-url "$DATABASE_URL" --first "$first" --batches "$batches" --batch "$batch" \
      --clusters "$clusters" --epoch "$epoch")
    printf 'place %s %s\n' "$batch" "$rate" | tee -a "$folder/results"
    first=$((first + (batches + 1) * batch))
  done
  placed=$(sql "SELECT count(*) FROM deployments WHERE state = 'scheduled'")
  [ "$placed" = "$first" ] || fail "$placed of $first were placed: the figures mean nothing"
fi

# MARK: Report

awk -f Scripts/shell/bench-scheduler.awk -- "$output" "$folder/results" >"$folder/report"
cat "$folder/report" >&3
[ -z "$document" ] || write_document "$document" bench-scheduler "; medians of $rounds rounds."
