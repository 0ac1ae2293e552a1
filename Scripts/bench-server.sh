#!/usr/bin/env bash
# Measures the whole server on PostgreSQL beside pgbench running the same statements on the same database.
#
#   Scripts/bench-server.sh [-o json] [--rounds N] [--seconds S] [--only get,list,create,alone] [--document]
#
# It starts a private PostgreSQL, Redis and berthd under .berth/bench-server, with an empty database each time, and
# takes them down after. Each round measures, one after the other: pgbench (prepared, 1, 8 and 32 clients) and berthd
# under load over berth/1 on TLS, every call authenticated, authorized and tenant-checked. Nothing is pinned,
# synchronous_commit is on. The medians of the rounds are printed. --document writes them into docs/performance.md, too.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
usage="usage: Scripts/bench-server.sh [-o json] [--rounds N] [--seconds S] [--only KINDS] [--document]"
folder=$PWD/.berth/bench-server
. Scripts/shell/bench.sh
once_at_a_time "$@"
mkdir -p "$folder/pgbench"
# Rows that are read by turns.
read_rows=100
output=table rounds=3 seconds=4 only=get,list,create,alone document=''
while [ $# -gt 0 ]; do
  case $1 in
    -o) output=${2:?$usage}; shift 2 ;;
    --rounds) rounds=${2:?$usage}; shift 2 ;;
    --seconds) seconds=${2:?$usage}; shift 2 ;;
    --only) only=${2:?$usage}; shift 2 ;;
    --document) document=docs/performance.md; shift ;;
    *) fail "$usage" ;;
  esac
done
measures() { case ,$only, in *",$1,"*) return 0 ;; *) return 1 ;; esac; }
needs_programs berthd berth
for tool in pgbench psql protoc cc; do
  command -v "$tool" >/dev/null || fail "no '$tool' on the PATH"
done

say "building the load generator"
# shellcheck disable=SC2046 # they are several words
cc -std=c17 -O2 -Wall -Wextra -o "$folder/load" Benchmarks/calls/load.c $(pkg-config --cflags --libs openssl)

start_services
prepare_berthd
: >"$folder/results"
: >"$folder/memory"

# load CONNECTIONS OUTSTANDING METHOD REQUESTS [OPTION...]: prints the generator's line of JSON.
load() {
  local connections=$1 outstanding=$2 method=$3 requests=$4
  shift 4
  "$folder/load" "$address" --ca "$folder/certificates/ca.pem" --token "$folder/token" \
    --pid "$(berthd_pid)" --method "berth.v1.DeploymentService/$method" --requests "$requests" \
    --connections "$connections" --outstanding "$outstanding" "$@"
}

# MARK: What is measured

# encode MESSAGE: text format on standard input becomes one line of hexadecimal.
encode() { protoc -IProtos "--encode=berth.v1.$1" Protos/berth/v1/deployments.proto | od -An -v -tx1 | tr -d ' \n'; echo; }

set_up() {
  run_berthd
  as_admin org create bench >/dev/null
  # As large as one deployment: the first one fills it, so that every other waits in the queue and the scheduler,
  # which reads them all, has nothing to place.
  as_admin cluster create bench --cpu 500m --memory 1GiB --gpu 0 >/dev/null
  cluster=$(as_admin -o json cluster get bench | json_field id)
  organization=$(as_admin -o json cluster get bench | json_field organizationId)
  [ -n "$organization" ] || organization=$(sql "SELECT organization_id FROM clusters")
  (umask 077 && as_admin service-account create bench --role developer -o json | json_field apiKey >"$folder/token")
  [ -s "$folder/token" ] || fail "no API key"
  encode CreateDeploymentRequest >"$folder/create.hex" <<TEXT
organization_id: "$organization" cluster_id: "$cluster" name: "bench"
image: "registry.example.com/models/bert:1.0" command: "serve" command: "--port" command: "8000"
env { key: "MODEL" value: "bert" } env { key: "BATCH" value: "8" }
resources { cpu_millis: 500 memory_bytes: 1073741824 gpu_millis: 0 } priority: 5
TEXT
  encode ListDeploymentsRequest >"$folder/list.hex" <<TEXT
organization_id: "$organization" page { size: 50 }
TEXT
}

# What is read: as many rows as a small organization has, made through the API.
fill() {
  load 8 8 CreateDeployment "$folder/create.hex" --seconds 1 --warmup 0 >"$folder/fill.json"
  grep -q '"errors":0,' "$folder/fill.json" || fail "creating failed: $(cat "$folder/fill.json")"
  # The scheduler has taken the queue in.
  sleep 1
  sql "VACUUM ANALYZE deployments, deployment_events"
  sql "SELECT '0a24' || encode(convert_to(id::text, 'UTF8'), 'hex') FROM deployments ORDER BY id
    LIMIT $read_rows" >"$folder/get.hex"
}

empty() {
  stop_berthd
  sql "TRUNCATE deployments, deployment_events, idempotency_keys"
  # What they held, too: else the scheduler tries in vain to place what the rows say there is room for.
  sql "UPDATE clusters SET cpu_allocated = 0, memory_allocated = 0, gpu_allocated = 0"
  sql "CHECKPOINT"
}

# MARK: pgbench

# statement NAME: the text that PostgresStore prepares, without its comments; $N becomes :pN.
statement() {
  sed -E -e '/^ *--/d' -e 's/\{filter\}//' -e 's/\$([0-9]+)/:p\1/g' \
    "Sources/PostgresStore/Statements/$1.sql"
  echo ';'
}

write_scripts() {
  rm -f "$folder"/pgbench/*
  # pgbench cannot make identifiers of rows that are there, and a statement for each row would cost it a quarter of its
  # rate: it reads one row by one prepared statement, the server is asked for many.
  statement deployment >"$folder/pgbench/get.sql"
  scripts_get=(-f "$folder/pgbench/get.sql" -D "p2={$organization}"
    -D "p1=$(sql "SELECT id FROM deployments ORDER BY id LIMIT 1")")
  statement deployments >"$folder/pgbench/list.sql"
  scripts_list=(-f "$folder/pgbench/list.sql" -D p1=infinity -D p2=ffffffff-ffff-ffff-ffff-ffffffffffff -D p3=51
    -D "p4={$organization}")
  # Ascending identifiers, as the server makes them, out of two halves; NULL (no idempotency key, no time limits) cannot
  # be a parameter of pgbench, so that here the planner knows it, which favours pgbench.
  {
    echo '\set n :n + 1'
    echo '\set low :n * 100 + :client_id'
    statement createOne | sed -E -e 's/:p1::uuid/(:high::text || :low)::uuid/g' -e 's/:p15::/now()::/g' \
      -e 's/:p(1[78]|19|20)\b/NULL/g' -e "s/:p21\b/''/g"
  } >"$folder/pgbench/create.sql"
  # shellcheck disable=SC2054 # the commas are PostgreSQL's
  scripts_create=(-f "$folder/pgbench/create.sql" -D n=1000000000000000
    -D "p2=$organization" -D "p3=$cluster" -D p4=bench -D p5=registry.example.com/models/bert:1.0
    -D 'p6={serve,--port,8000}' -D 'p7={MODEL,bert,BATCH,8}' -D p8=500 -D p9=1073741824 -D p10=0 -D 'p11={}' -D p12=5
    -D p13=3 -D p14=service-account:bench -D 'p16=waiting for room' -D p22=false -D p23=60000000)
}

# record WHAT LOAD RATE P50_US P99_US CPU_US
record_result() { printf '%s %s %s %s %s %s\n' "$@" >>"$folder/results"; printf '  %-8s %-12s %9s/s  p50 %7s us\n' "$1" "$2" "$3" "$4"; }

measure_pgbench() { # WHAT CLIENTS OPTION...
  local what=$1 clients=$2 rate log p50 p99
  shift 2
  rm -f "$folder"/pgbench/log.*
  log=()
  # The latency of each transaction is only written where one is asked for: it costs.
  [ "$clients" != 1 ] || log=(--log --log-prefix="$folder/pgbench/log")
  rate=$(pgbench -n -M prepared -c "$clients" -j "$((clients < $(nproc) ? clients : $(nproc)))" -T "$seconds" "${log[@]}" "$@" \
    "$DATABASE_URL" 2>"$folder/log/pgbench.log" | awk '/^tps = / { printf "%.0f", $3 }') || true
  [ -n "$rate" ] || { show_tail "$folder/log/pgbench.log"; fail "pgbench failed"; }
  p50=- p99=-
  if [ "$clients" = 1 ]; then
    read -r p50 p99 < <(cat "$folder"/pgbench/log.* | awk '{ print $3 }' | sort -n |
      awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)], v[int((NR * 99 + 99) / 100)] }')
  fi
  record_result "$what" "pgbench-$clients" "$rate" "$p50" "$p99" -
}

field() { sed -E "s/.*\"$1\":\"?([^,\"}]*).*/\1/" <<<"$line"; }
measure_server() { # WHAT CONNECTIONS OUTSTANDING METHOD REQUESTS
  local line
  line=$(load "$2" "$3" "$4" "$5" --seconds "$seconds" --warmup 1) || fail "the load generator failed"
  # What failed at once would look fast.
  [ "$(field errors)" = 0 ] || fail "$4: $(field errors) calls failed: $(field first_error)"
  printf 'load_%s %s\n' "$1" "$(field server_kib)" >>"$folder/memory"
  record_result "$1" "$2x$3" "$(field rate)" "$(field p50_us)" "$(field p99_us)" "$(field server_cpu_us)"
}

measure_start() {
  local began
  stop_berthd
  began=${EPOCHREALTIME/[.,]/}
  start_berthd
  "$folder/load" "$address" --ca "$folder/certificates/ca.pem" --token "$folder/token" --once \
    --method berth.v1.DeploymentService/GetDeployment --requests "$folder/get.hex" >/dev/null
  printf 'start_ms %s\n' "$(((${EPOCHREALTIME/[.,]/} - began) / 1000))" >>"$folder/memory"
  printf 'start %s\n' "$(memory_kib VmRSS)" >>"$folder/memory"
}

one_round() {
  if measures get || measures list; then
    [ -n "$(berthd_pid)" ] || run_berthd
    empty
    run_berthd
    fill
    write_scripts
    measure_start
  fi
  if measures get; then
    for clients in 1 8 32; do measure_pgbench get "$clients" "${scripts_get[@]}"; done
    for shape in "64 1" "8 8" "8 64"; do
      # shellcheck disable=SC2086 # they are two words
      measure_server get $shape GetDeployment "$folder/get.hex"
    done
    sleep 1
    printf 'rest %s\n' "$(memory_kib VmRSS)" >>"$folder/memory"
  fi
  if measures list; then
    for clients in 1 8 32; do measure_pgbench list "$clients" "${scripts_list[@]}"; done
    measure_server list 8 8 ListDeployments "$folder/list.hex"
  fi
  if measures create || measures alone; then
    write_scripts
    empty
    for clients in 1 8 32; do
      # No two of them make the same identifiers.
      measure_pgbench create "$clients" "${scripts_create[@]}" -D "high=019000000000$((10 + clients))"
    done
    shapes=()
    ! measures alone || shapes+=("1 1")
    ! measures create || shapes+=("64 1" "8 8" "8 64")
    for shape in "${shapes[@]}"; do
      # Each begins with an empty queue.
      empty
      run_berthd
      # shellcheck disable=SC2086
      measure_server create $shape CreateDeployment "$folder/create.hex"
    done
  fi
}

set_up
for ((round = 1; round <= rounds; round++)); do
  say "round $round of $rounds"
  one_round
done

# MARK: Report

awk -f Scripts/shell/bench-server.awk -- "$output" "$folder/results" "$folder/memory" >"$folder/report"
cat "$folder/report" >&3
[ -z "$document" ] || write_document "$document" bench-server \
  "$(printf ', %s; medians of %s interleaved rounds, %s s a load.' \
    "$(psql --version | sed -E 's/^psql \((.*)\) ([0-9.]+).*/\1 \2/')" "$rounds" "$seconds")"
