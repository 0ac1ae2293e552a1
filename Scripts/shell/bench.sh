# shellcheck shell=bash
# shellcheck disable=SC2034 # some of it is for those who source this
# What the benchmarks share: a private PostgreSQL, Redis and berthd, which live under $folder and end with the
# script, and the page that a report goes into. Sourced behind processes.sh, with $folder set; not run.
start_seconds=120 stop_seconds=20
bin=$PWD/.berth/bin

# once_at_a_time ARGUMENT...: runs the script anew with its arguments, while no other run of it does. Its standard
# output is the report's alone, so that -o json can be read by a program: descriptor 3.
once_at_a_time() {
  exec 3>&1 1>&2
  mkdir -p "$folder/log"
  # -o keeps the lock out of what is started.
  [ -n "${BERTH_BENCH_LOCKED:-}" ] || exec flock -o "$folder/lock" env BERTH_BENCH_LOCKED=yes "$0" "$@" 1>&3
  unset BERTH_BENCH_LOCKED
}

# needs_programs NAME...
needs_programs() {
  local program
  for program; do
    [ -x "$bin/$program" ] || fail "no $program in .berth/bin: run make build"
  done
}

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

# start_services: empty ones, in DATABASE_URL and REDIS_URL, until the script ends.
start_services() {
  trap finish EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  down
  rm -rf "$folder/postgres" "$folder/redis" "$folder/admin.token"
  Scripts/services.sh up "$folder"
  # shellcheck source=/dev/null
  . "$folder/services.env"
}

sql() { PGOPTIONS='-c client_min_messages=warning' psql "$DATABASE_URL" -X -q -t -A -v ON_ERROR_STOP=1 -c "$1"; }

# prepare_berthd: what every start of it goes by.
prepare_berthd() {
  Scripts/certificates.sh "$folder/certificates"
  [ -s "$folder/secret.key" ] || (umask 077 && random_hex 32 >"$folder/secret.key")
  address=127.0.0.1:$(free_port)
  server=(--address "$address" --ca "$folder/certificates/ca.pem")
}

# start_berthd [LOG_LEVEL]: does not wait until it answers.
start_berthd() {
  (
    export DATABASE_URL REDIS_URL SECRET_KEY
    SECRET_KEY=$(cat "$folder/secret.key")
    export BERTH_ENVIRONMENT=development BERTH_LISTEN=$address BERTH_LOG_LEVEL=${1:-warning}
    export BERTH_ADMIN_TOKEN_FILE=$folder/admin.token
    export BERTH_TLS_CERTIFICATE=$folder/certificates/server.pem
    export BERTH_TLS_KEY=$folder/certificates/server-key.pem
    cd "$folder"
    start_recorded "$folder/berthd.pid" "$folder/log/berthd.log" "$bin/berthd"
  )
}
stop_berthd() { stop_recorded "$folder/berthd.pid" berthd "$stop_seconds"; }
berthd_pid() { recorded "$folder/berthd.pid"; }
is_healthy() { BERTH_CONFIG_HOME=$folder/cli "$bin/berth" health "${server[@]}" --timeout 1 >/dev/null 2>&1; }
has_settled() { is_gone "$folder/berthd.pid" || is_healthy; }

# await_berthd: until it answers.
await_berthd() {
  wait_until "$start_seconds" berthd has_settled
  is_healthy || { show_tail "$folder/log/berthd.log"; fail "berthd did not start"; }
}
run_berthd() {
  start_berthd
  await_berthd
}

# memory_kib FIELD: VmRSS (now) or VmHWM (at most) of berthd.
memory_kib() { awk -v field="$1:" '$1 == field { print $2 }' "/proc/$(berthd_pid)/status"; }

as_admin() { BERTH_CONFIG_HOME=$folder/cli "$bin/berth" "$@" "${server[@]}" --token-file "$folder/admin.token"; }

# write_document PAGE NAME LINE: puts the line and the report between the page's markers of that name.
write_document() {
  local page=$1 begin="<!-- $2: begin -->" end="<!-- $2: end -->"
  grep -qxF -- "$begin" "$page" || fail "$page has no place for the table"
  {
    sed -n "1,/^$begin\$/p" "$page"
    printf '%s, %s cores, Linux %s%s\n\n' \
      "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)" "$(nproc)" "$(uname -r)" "$3"
    cat "$folder/report"
    sed -n "/^$end\$/,\$p" "$page"
  } >"$folder/page"
  cat "$folder/page" >"$page"
}
