#!/usr/bin/env bash
# Starts and stops Berth's development stack: PostgreSQL, Redis, a container engine, berthd, the web
# console, agents.
#
#   Scripts/stack.sh up [--bare]     --bare: without the agents
#   Scripts/stack.sh down
#   Scripts/stack.sh status
#   Scripts/stack.sh agent NAME      starts the agent whose token lies in .berth/agents/NAME/token
#   Scripts/stack.sh forget NAME     stops that agent and removes its folder
#
# All it makes lies under .berth. `up` leaves .berth/env with BERTH_ADDRESS, BERTH_CA, DATABASE_URL,
# REDIS_URL, BERTH_ADMIN_TOKEN_FILE and BERTH_CONSOLE_URL. It may be called again at any time.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
usage="usage: Scripts/stack.sh up [--bare] | down | status | agent NAME | forget NAME"
[ $# -ge 1 ] || fail "$usage"
mkdir -p .berth/log .berth/agents
if [ "$1" != status ] && [ -z "${BERTH_STACK_LOCKED:-}" ]; then
  # One at a time; -o keeps the lock out of what is started.
  exec flock -o -w 300 .berth/lock env BERTH_STACK_LOCKED=yes "$0" "$@"
fi
unset BERTH_STACK_LOCKED
folder=$PWD/.berth
start_seconds=60 stop_seconds=20

export PATH=$folder/bin:$PATH

# MARK: berthd

berthd_is_healthy() { berth health --address "$address" --ca "$folder/certificates/ca.pem" --timeout 5 >/dev/null 2>&1; }
berthd_has_settled() { is_gone "$folder/berthd.pid" || berthd_is_healthy; }

# write_environment: what berthd is started with.
write_environment() {
  [ -s "$folder/secret.key" ] || (umask 077 && random_hex 32 >"$folder/secret.key")
  (
    umask 077
    exec >"$folder/berthd.env.new"
    cat "$folder/services.env"
    printf "%s='%s'\n" \
      BERTH_ENVIRONMENT development \
      BERTH_LISTEN "$address" \
      BERTH_ADVERTISE "$address" \
      BERTH_PEER_CA "$folder/certificates/ca.pem" \
      BERTH_TLS_CERTIFICATE "$folder/certificates/server.pem" \
      BERTH_TLS_KEY "$folder/certificates/server-key.pem" \
      BERTH_ADMIN_TOKEN_FILE "$folder/admin.token" \
      ALGORITHM HS256 \
      SECRET_KEY "$(cat "$folder/secret.key")"
  )
  mv "$folder/berthd.env.new" "$folder/berthd.env"
}

start_berthd() {
  local port
  if [ -s "$folder/berthd.address" ]; then address=$(cat "$folder/berthd.address"); else address=; fi
  if [ -n "$address" ] && recorded "$folder/berthd.pid" >/dev/null && berthd_is_healthy; then return 0; fi
  stop_recorded "$folder/berthd.pid" berthd "$stop_seconds"
  # The address of the last time is kept, so that contexts of the CLI stay true.
  port=${address##*:}
  if [ -z "$port" ] || ! is_free_port "$port"; then port=$(free_port); fi
  address=127.0.0.1:$port
  printf '%s\n' "$address" >"$folder/berthd.address"
  write_environment
  (
    set -a
    # shellcheck source=/dev/null
    . "$folder/berthd.env"
    set +a
    # Not in the checkout, whose own .env would be read.
    cd "$folder"
    start_recorded "$folder/berthd.pid" "$folder/log/berthd.log" "$folder/bin/berthd"
  )
  if ! wait_until "$start_seconds" berthd berthd_has_settled || ! berthd_is_healthy; then
    show_tail "$folder/log/berthd.log"
    stop_recorded "$folder/berthd.pid" berthd 5 || true
    fail "berthd did not start"
  fi
}

# MARK: The console

console_has_settled() { is_gone "$folder/console.pid" || ! is_free_port "$console_port"; }

start_console() {
  local pid
  console_port=
  if [ -s "$folder/console.port" ]; then console_port=$(cat "$folder/console.port"); fi
  if pid=$(recorded "$folder/console.pid") && [ -n "$console_port" ]; then return 0; fi
  # The port of the last time is kept, so that a browser's page stays true.
  if [ -z "$console_port" ] || ! is_free_port "$console_port"; then console_port=$(free_port); fi
  printf '%s\n' "$console_port" >"$folder/console.port"
  start_recorded "$folder/console.pid" "$folder/log/console.log" "$folder/bin/berth-console" \
    --address "$address" --ca "$folder/certificates/ca.pem" --listen "127.0.0.1:$console_port" \
    --tls-certificate "$folder/certificates/server.pem" --tls-key "$folder/certificates/server-key.pem" \
    --token-file "$folder/admin.token"
  if ! wait_until "$start_seconds" berth-console console_has_settled || is_gone "$folder/console.pid"; then
    show_tail "$folder/log/console.log"
    stop_recorded "$folder/console.pid" berth-console 5 || true
    fail "berth-console did not start"
  fi
}

# MARK: Agents

start_agent() {
  local agent=$folder/agents/$1 network=none options
  [ -s "$agent/token" ] || fail "no agent $1: .berth/agents/$1/token is missing"
  if recorded "$agent/pid" >/dev/null; then return 0; fi
  # shellcheck source=/dev/null
  . "$folder/engine.env"
  network=$BERTH_ENGINE_NETWORK
  options=(--address "$(cat "$folder/berthd.address")" --ca "$folder/certificates/ca.pem"
    --token-file "$agent/token" --state-folder "$agent/state" --engine "$BERTH_ENGINE")
  # The demo's cluster is larger than the machine and has a GPU that may not be there.
  [ "$BERTH_ENGINE" != docker ] || options+=(--docker-host "$BERTH_DOCKER_HOST" --network "$network"
    --limits clamp --gpus "${BERTH_AGENT_GPUS:-pretend}")
  mkdir -p "$agent/state"
  start_recorded "$agent/pid" "$folder/log/agent-$1.log" "$folder/bin/berth-agent" "${options[@]}"
}

agent_has_settled() { # NAME COMMAND...: it ended, or its cluster shows it attached
  is_gone "$folder/agents/$1/pid" || "${@:2}"
}
stop_agent() { stop_recorded "$folder/agents/$1/pid" "berth-agent $1" "$stop_seconds"; }
agents() { for token in "$folder"/agents/*/token; do [ ! -s "$token" ] || basename "${token%/token}"; done; }

# ensure_local_agent: a cluster of this machine's size with an agent, so that there is something to
# deploy to. It belongs to a user of its own, whose password lies in .berth/local.password.
as_local() { BERTH_CONFIG_HOME=$folder/cli berth --context local --address "$address" --ca "$folder/certificates/ca.pem" "$@"; }
local_is_attached() { as_local -o json cluster get local 2>/dev/null | grep -q '"agentAttached": *true'; }
ensure_local_agent() {
  local memory
  if [ ! -s "$folder/agents/local/token" ]; then
    [ -s "$folder/local.password" ] || (umask 077 && random_hex 16 >"$folder/local.password")
    as_local login local --password-file "$folder/local.password" >/dev/null 2>&1 ||
      as_local signup local --display-name "This machine" --password-file "$folder/local.password" >/dev/null
    as_local -o json org list | grep -q '"name": *"local"' || as_local org create local >/dev/null
    memory=$(awk '/^MemTotal:/ { print int($2 / 1024 * 3 / 4) }' /proc/meminfo)
    as_local -o json cluster list --org local | grep -q '"name": *"local"' ||
      as_local cluster create local --org local --cpu "$(nproc)" --memory "${memory}MiB" --gpu 1 --gpu-model demo >/dev/null
    mkdir -p "$folder/agents/local"
    as_local -o json cluster get local | json_field id >"$folder/agents/local/cluster"
    (umask 077 && as_local cluster agent-token local >"$folder/agents/local/token.new")
    mv "$folder/agents/local/token.new" "$folder/agents/local/token"
  fi
  start_agent local
  if ! wait_until "$start_seconds" "the agent" agent_has_settled local local_is_attached || ! local_is_attached; then
    show_tail "$folder/log/agent-local.log"
    fail "the agent did not attach"
  fi
}

# MARK: Actions

up() {
  local name
  [ -x "$folder/bin/berthd" ] || fail "no programs in .berth/bin: run make build"
  say "starting PostgreSQL and Redis of Berth's own under .berth"
  Scripts/certificates.sh .berth/certificates
  Scripts/services.sh up .berth
  Scripts/engine.sh up .berth
  # shellcheck source=/dev/null
  . .berth/engine.env
  Scripts/demo-image.sh .berth "$BERTH_DOCKER_HOST"
  start_berthd
  start_console
  (
    umask 077
    exec >.berth/env.new
    printf "%s='%s'\n" BERTH_ADDRESS "$address" BERTH_CA "$folder/certificates/ca.pem" \
      BERTH_ADMIN_TOKEN_FILE "$folder/admin.token" \
      BERTH_CONSOLE_URL "https://127.0.0.1:$console_port"
    cat .berth/services.env .berth/engine.env
  )
  mv .berth/env.new .berth/env
  say "berthd serves on $address (CA: .berth/certificates/ca.pem)"
  say "the console is at https://127.0.0.1:$console_port (the same CA)"
  [ "$1" = --bare ] && return
  for name in $(agents); do start_agent "$name"; done
  ensure_local_agent
  say "an agent is attached to the cluster 'local'"
}

# On an engine that is not ours containers outlive it all: what this stack's agents made is removed.
remove_containers() {
  local ids
  [ -s .berth/engine.env ] || return 0
  # shellcheck source=/dev/null
  . .berth/engine.env
  [ "$BERTH_ENGINE" = docker ] && [ "$BERTH_DOCKER_HOST" != "unix://$folder/docker/docker.sock" ] || return 0
  ids=$(for cluster in .berth/agents/*/cluster; do
    [ ! -s "$cluster" ] ||
      DOCKER_HOST=$BERTH_DOCKER_HOST timeout 20 docker ps -aq --filter "label=berth.cluster=$(cat "$cluster")"
  done) || ids=
  # shellcheck disable=SC2086
  [ -z "$ids" ] || DOCKER_HOST=$BERTH_DOCKER_HOST timeout 60 docker rm -f $ids >/dev/null || true
}

down() {
  local name
  for name in $(agents); do stop_agent "$name"; done
  stop_recorded "$folder/console.pid" berth-console "$stop_seconds"
  stop_recorded "$folder/berthd.pid" berthd "$stop_seconds"
  remove_containers
  Scripts/engine.sh down .berth
  Scripts/services.sh down .berth
  rm -f .berth/env
  say "the stack is stopped; its data stays in .berth"
}

status() {
  local name pid
  Scripts/services.sh status .berth
  Scripts/engine.sh status .berth
  if pid=$(recorded "$folder/berthd.pid"); then
    printf 'berthd     serves on %s (process %s)\n' "$(cat .berth/berthd.address)" "$pid"
  else
    printf 'berthd     stopped\n'
  fi
  if pid=$(recorded "$folder/console.pid"); then
    printf 'console    serves on https://127.0.0.1:%s (process %s)\n' "$(cat .berth/console.port)" "$pid"
  else
    printf 'console    stopped\n'
  fi
  for name in $(agents); do
    if pid=$(recorded "$folder/agents/$name/pid"); then
      printf 'agent      %s runs (process %s)\n' "$name" "$pid"
    else
      printf 'agent      %s stopped\n' "$name"
    fi
  done
}

case $1 in
  up) up "${2:-}" ;;
  down) down ;;
  status) status ;;
  agent) start_agent "${2:?$usage}" ;;
  forget)
    stop_agent "${2:?$usage}"
    rm -rf "${folder:?}/agents/${2:?$usage}"
    ;;
  *) fail "$usage" ;;
esac
