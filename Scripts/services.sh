#!/usr/bin/env bash
# Private PostgreSQL and Redis, and a PgBouncer for tests, that live wholly in one folder.
#
#   Scripts/services.sh up FOLDER [--pooler] [--tls CERTIFICATES]
#   Scripts/services.sh down|status FOLDER
#
# They listen on free ports of 127.0.0.1, ask for random passwords kept in the folder, run as an
# unprivileged user, keep their data between runs, and are ended by process id. `up` leaves
# FOLDER/services.env with DATABASE_URL, REDIS_URL and, where asked for, PGBOUNCER_URL (transaction
# mode) and DATABASE_TLS_URL (verify-full). It may be called again at any time, also after a crash.
set -euo pipefail
. "$(dirname "$0")/shell/processes.sh"
usage="usage: Scripts/services.sh up FOLDER [--pooler] [--tls CERTIFICATES] | down FOLDER | status FOLDER"
start_seconds=60 stop_seconds=30 port_attempts=10

[ $# -ge 2 ] || fail "$usage"
action=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd -P)
shift 2
pooler=no certificates=
while [ $# -gt 0 ]; do
  case $1 in
    --pooler) pooler=yes; shift ;;
    --tls) certificates=${2:?$usage}; shift 2 ;;
    *) fail "$usage" ;;
  esac
done
mkdir -p "$folder/log"

# PostgreSQL and PgBouncer refuse to run as root, so for root the services run as Debian's user
# postgres, which the package made; where that user could not even reach the folder (a checkout under
# /root), it is lent the one capability to look into folders.
as_service=()
if [ "$(id -u)" = 0 ]; then
  id postgres >/dev/null 2>&1 || fail "no user 'postgres': run Scripts/install-dependencies.sh"
  as_service=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  # shellcheck disable=SC2016 # it is the inner shell that expands it
  enter='cd "$0"'
  # Not `test -x`: access(2) looks away from capabilities.
  if ! "${as_service[@]}" sh -c "$enter" "$folder" 2>/dev/null; then
    # shellcheck disable=SC2054 # the commas are setpriv's
    as_service+=(--inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search)
    "${as_service[@]}" sh -c "$enter" "$folder" || fail "the user postgres cannot reach $folder"
  fi
  as_service+=(--)
fi
own() { [ "$(id -u)" != 0 ] || chown -R postgres:postgres "$@"; }
# make_private FILE: standard input becomes a file that only the services may read.
make_private() {
  (umask 077 && cat >"$1.new")
  own "$1.new"
  mv "$1.new" "$1"
}
secret() { # the password of a service, made at the first start
  [ -s "$folder/$1.password" ] || random_hex 16 | make_private "$folder/$1.password"
  cat "$folder/$1.password"
}

programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
tool() { # path of a program of PostgreSQL
  local path=$programs/$1
  [ -x "$path" ] || path=$(command -v "$1") || fail "no $1: run Scripts/install-dependencies.sh"
  printf '%s' "$path"
}

# start NAME IS_READY COMMAND: starts a service on its last port, or on another where that is taken.
# COMMAND and IS_READY are functions that read $port; COMMAND sets the array `command`.
start() {
  local name=$1 is_ready=$2 make_command=$3 pid_file=$folder/$1.pid log=$folder/log/$1.log attempt
  port=$(cat "$folder/$name.port" 2>/dev/null) || port=$(free_port)
  if recorded "$pid_file" >/dev/null && "$is_ready"; then return 0; fi
  # Half dead, or of a run that was killed while it started.
  stop_recorded "$pid_file" "$name" "$stop_seconds" INT
  for ((attempt = 1; attempt <= port_attempts; attempt++)); do
    : >>"$log"
    local begin
    begin=$(stat -c %s "$log")
    printf '%s\n' "$port" >"$folder/$name.port"
    "$make_command"
    start_recorded "$pid_file" "$log" "${as_service[@]}" "${command[@]}"
    if wait_until "$start_seconds" "$name" settled "$pid_file" "$is_ready" && "$is_ready"; then
      return 0
    fi
    stop_recorded "$pid_file" "$name" "$stop_seconds" INT
    if ! tail -c "+$((begin + 1))" "$log" | grep -qiE 'address already in use|could not (bind|create any TCP)'; then
      break
    fi
    port=$(free_port)
  done
  show_tail "$log"
  fail "$name did not start"
}
settled() { is_gone "$1" || "$2"; }

# MARK: PostgreSQL

database_url() { printf 'postgresql://berth:%s@127.0.0.1:%s/%s' "$(secret postgres)" "$1" berth; }
ask() { PGPASSWORD=$(secret postgres) PGCONNECT_TIMEOUT=5 "$(tool psql)" -X -q -t -A -v ON_ERROR_STOP=1 \
  -h 127.0.0.1 -p "$port" -U berth -d "$1" -c "$2"; }
postgres_is_ready() { ask postgres 'SELECT 1' >/dev/null 2>&1; }
postgres_command() {
  command=("$(tool postgres)" -D "$folder/postgres" -p "$port"
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300
    -c "log_line_prefix=%m [%p] " -c log_checkpoints=off -c autovacuum_naptime=15s)
  [ ! -e "$folder/postgres-tls/server.pem" ] || command+=(-c ssl=on
    -c "ssl_cert_file=$folder/postgres-tls/server.pem" -c "ssl_key_file=$folder/postgres-tls/server-key.pem")
}
start_postgres() {
  local data=$folder/postgres version
  secret postgres >/dev/null
  if [ -n "$certificates" ]; then
    mkdir -p "$folder/postgres-tls"
    install -m 600 "$certificates"/server.pem "$certificates"/server-key.pem "$folder/postgres-tls/"
    own "$folder/postgres-tls"
  fi
  if [ ! -e "$data/PG_VERSION" ]; then
    rm -rf "$data" "$data.new"
    mkdir -m 700 "$data.new"
    own "$data.new"
    (cd / && "${as_service[@]}" "$(tool initdb)" -D "$data.new" --username=berth --pwfile="$folder/postgres.password" \
      --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >"$folder/log/initdb.log" 2>&1) || {
      show_tail "$folder/log/initdb.log"
      fail "initdb failed"
    }
    mv "$data.new" "$data"
  fi
  version=$(cat "$data/PG_VERSION")
  [ "$version" = "$("$(tool postgres)" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')" ] ||
    fail "$data is of PostgreSQL $version, another version is installed: move the folder away to begin anew"
  # A killed server leaves its lock file; its process id may belong to a zombie or to somebody else now.
  if is_gone "$folder/postgres.pid" && [ -e "$data/postmaster.pid" ]; then
    local old
    old=$(head -n 1 "$data/postmaster.pid")
    [ "$(readlink "/proc/$old/cwd" 2>/dev/null)" = "$data" ] || rm -f "$data/postmaster.pid"
  fi
  start postgres postgres_is_ready postgres_command
  [ -n "$(ask postgres "SELECT 1 FROM pg_database WHERE datname = 'berth'")" ] ||
    ask postgres "CREATE DATABASE berth"
  printf "DATABASE_URL='%s'\n" "$(database_url "$port")" >>"$environment"
  [ -z "$certificates" ] || printf "DATABASE_TLS_URL='%s?sslmode=verify-full&sslrootcert=%s'\n" \
    "$(database_url "$port")" "$(realpath "$certificates/ca.pem")" >>"$environment"
}

# MARK: PgBouncer

pooler_is_ready() { ask berth 'SELECT 1' >/dev/null 2>&1; }
pooler_command() {
  make_private "$folder/pgbouncer/pgbouncer.ini" <<INI
[databases]
* = host=127.0.0.1 port=$database_port
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $folder/pgbouncer/users
pool_mode = transaction
max_client_conn = 500
default_pool_size = 20
INI
  command=(pgbouncer "$folder/pgbouncer/pgbouncer.ini")
}
start_pooler() {
  local database_port
  database_port=$(cat "$folder/postgres.port")
  mkdir -p "$folder/pgbouncer"
  printf '"berth" "%s"\n' "$(secret postgres)" | make_private "$folder/pgbouncer/users"
  # Its configuration names PostgreSQL's port, which may be another than last time.
  grep -qsx "\* = host=127.0.0.1 port=$database_port" "$folder/pgbouncer/pgbouncer.ini" ||
    stop_recorded "$folder/pgbouncer.pid" pgbouncer "$stop_seconds" INT
  start pgbouncer pooler_is_ready pooler_command
  printf "PGBOUNCER_URL='%s'\n" "$(database_url "$port")" >>"$environment"
}

# MARK: Redis

redis_is_ready() { [ "$(REDISCLI_AUTH=$(secret redis) timeout 5 redis-cli -h 127.0.0.1 -p "$port" ping 2>/dev/null)" = PONG ]; }
redis_command() {
  # No file of its own is kept: Redis holds the lock, wake-ups and a cache, all of which may be lost.
  make_private "$folder/redis/redis.conf" <<CONF
port $port
bind 127.0.0.1
requirepass $(secret redis)
dir $folder/redis
save ""
appendonly no
CONF
  command=(redis-server "$folder/redis/redis.conf")
}
start_redis() {
  mkdir -p "$folder/redis"
  own "$folder/redis"
  start redis redis_is_ready redis_command
  printf "REDIS_URL='redis://default:%s@127.0.0.1:%s'\n" "$(secret redis)" "$port" >>"$environment"
}

# MARK: Actions

stop_all() {
  stop_recorded "$folder/pgbouncer.pid" pgbouncer "$stop_seconds" INT
  stop_recorded "$folder/redis.pid" redis "$stop_seconds"
  # SIGINT is PostgreSQL's fast shutdown: sessions are ended, nothing is lost.
  stop_recorded "$folder/postgres.pid" postgres "$stop_seconds" INT
  rm -f "$folder/services.env"
}

case $action in
  up)
    environment=$folder/services.env.new
    (umask 077 && : >"$environment")
    start_postgres
    start_redis
    [ "$pooler" = no ] || start_pooler
    mv "$environment" "$folder/services.env"
    ;;
  down) stop_all ;;
  status)
    for name in postgres redis pgbouncer; do
      [ -e "$folder/$name.port" ] || continue
      if pid=$(recorded "$folder/$name.pid"); then
        printf '%-10s runs on 127.0.0.1:%s (process %s)\n' "$name" "$(cat "$folder/$name.port")" "$pid"
      else
        printf '%-10s stopped\n' "$name"
      fi
    done
    ;;
  *) fail "$usage" ;;
esac
