#!/usr/bin/env bash
# Chooses the container engine, and starts a private one where it has to.
#
#   Scripts/engine.sh up|down|status FOLDER
#
# A reachable Docker Engine is used: DOCKER_HOST, else the usual sockets. Else, as root, dockerd is
# started with all it keeps under FOLDER/docker, without touching the machine's network. Else the
# agent's built-in simulated engine is used; BERTH_STACK_ENGINE=simulated asks for it. `up` leaves
# FOLDER/engine.env with BERTH_ENGINE (docker or simulated), BERTH_DOCKER_HOST and
# BERTH_ENGINE_NETWORK, and says what it chose.
set -euo pipefail
. "$(dirname "$0")/shell/processes.sh"
[ $# = 2 ] || fail "usage: Scripts/engine.sh up|down|status FOLDER"
action=$1
mkdir -p "$2/docker" "$2/log"
folder=$(cd "$2" && pwd -P)
pid_file=$folder/docker/dockerd.record log=$folder/log/dockerd.log
probe_seconds=5 start_seconds=40 stop_seconds=30 socket_path_limit=107

# Paths of UNIX sockets are short: a deep checkout has its sockets elsewhere.
state=$folder/docker
if [ ${#state} -gt $((socket_path_limit - 50)) ]; then
  state=/run/berth-$(printf '%s' "$folder" | sha256sum | cut -c1-12)
fi
data=$folder/docker/data socket=$state/docker.sock

reachable() { # the host answers as an engine
  command -v docker >/dev/null &&
    env -u DOCKER_CONTEXT DOCKER_HOST="$1" timeout "$probe_seconds" docker version --format '{{.Server.Version}}' 2>/dev/null
}
choose() { # ENGINE HOST NETWORK WORDS
  printf "BERTH_ENGINE=%s\nBERTH_DOCKER_HOST='%s'\nBERTH_ENGINE_NETWORK=%s\n" "$1" "$2" "$3" >"$folder/engine.env"
  printf '%scontainer engine:%s %s\n' "$bold" "$plain" "$4"
}

# MARK: The private engine

# leftovers: processes of a killed dockerd, told by our own folder in their command lines, and their
# children, which are the containers' first processes.
leftovers() {
  local file pid found=' '
  for file in /proc/[0-9]*/cmdline; do
    pid=${file#/proc/} pid=${pid%/cmdline}
    if tr '\0' ' ' 2>/dev/null <"$file" | grep -qF -- "$state/exec/"; then found+="$pid "; fi
  done 2>/dev/null
  [ "$found" != ' ' ] || return 0
  for file in /proc/[0-9]*/stat; do
    pid=${file#/proc/} pid=${pid%/stat}
    # shellcheck disable=SC2046
    set -- $(sed 's/.*) //' "$file" 2>/dev/null)
    if [ "${1:-Z}" != Z ] && [[ $found == *" $pid "* || $found == *" ${2:-} "* ]]; then printf '%s\n' "$pid"; fi
  done
}
no_leftovers() { [ -z "$(leftovers)" ]; }
clean_up() {
  local processes mount
  processes=$(leftovers)
  if [ -n "$processes" ]; then
    # shellcheck disable=SC2086
    kill -KILL $processes 2>/dev/null || true
    wait_until 5 "the engine's processes to end" no_leftovers || true
  fi
  while read -r mount; do umount -l "$mount" 2>/dev/null || true; done < <(
    awk -v a="$state/" -v b="$data/" 'index($2, a) == 1 || index($2, b) == 1 { print $2 }' /proc/self/mounts | sort -r)
  rm -rf "$state/exec" "$state/docker.pid" "$socket"
}
private_is_ready() { [ -S "$socket" ] && reachable "unix://$socket" >/dev/null; }
settled() { is_gone "$pid_file" || private_is_ready; }
start_private() { # [EXTRA OPTION...]
  clean_up
  mkdir -p "$state" "$data"
  # An empty configuration: the machine's own in /etc/docker is not for this one.
  printf '{}\n' >"$folder/docker/daemon.json"
  # Without --bridge and rules of its own nothing of the machine's network changes; the namespaces
  # keep it apart from a containerd that runs already.
  start_recorded "$pid_file" "$log" dockerd --host "unix://$socket" --data-root "$data" \
    --exec-root "$state/exec" --pidfile "$state/docker.pid" --config-file "$folder/docker/daemon.json" \
    --iptables=false --ip6tables=false --bridge=none --shutdown-timeout 5 \
    --containerd-namespace berth --containerd-plugins-namespace berth-plugins "$@"
  wait_until "$start_seconds" dockerd settled && private_is_ready
}
stop_private() {
  local containers
  if private_is_ready; then
    containers=$(DOCKER_HOST=unix://$socket timeout 20 docker ps -q) || containers=
    # shellcheck disable=SC2086
    [ -z "$containers" ] || DOCKER_HOST=unix://$socket timeout 30 docker kill $containers >/dev/null 2>&1 || true
  fi
  stop_recorded "$pid_file" dockerd "$stop_seconds"
  clean_up
  [ "$state" = "$folder/docker" ] || rmdir "$state" 2>/dev/null || true
}

up() {
  local host version
  if [ "${BERTH_STACK_ENGINE:-}" = simulated ]; then
    choose simulated '' none "the agent's built-in SIMULATED engine, as BERTH_STACK_ENGINE asks"
    return
  fi
  for host in "${DOCKER_HOST:-}" unix:///var/run/docker.sock "unix://${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/docker.sock"; do
    case $host in
      '') continue ;;
      unix://*) [ -S "${host#unix://}" ] || continue ;;
      tcp://*) ;;
      *) warn "DOCKER_HOST=$host: only unix:// and tcp:// can be used"; continue ;;
    esac
    if version=$(reachable "$host"); then
      choose docker "$host" default "Docker Engine $version at $host"
      return
    fi
  done
  if [ "$(id -u)" = 0 ] && command -v dockerd >/dev/null; then
    if private_is_ready || start_private || { say "dockerd did not start; trying again with plain copies of images"; start_private --storage-driver vfs; }; then
      choose docker "unix://$socket" none "a private Docker Engine $(reachable "unix://$socket") at unix://$socket"
      return
    fi
    show_tail "$log"
    stop_private
    choose simulated '' none "the agent's built-in SIMULATED engine, for dockerd does not run here (see $log)"
  else
    choose simulated '' none "the agent's built-in SIMULATED engine: no Docker Engine is reachable, and only root can start one"
  fi
}

case $action in
  up) up ;;
  down) if [ "$(id -u)" = 0 ]; then stop_private; fi; rm -f "$folder/engine.env" ;;
  status)
    if private_is_ready; then printf 'dockerd    runs at unix://%s (process %s)\n' "$socket" "$(recorded "$pid_file")"; fi
    ;;
  *) fail "usage: Scripts/engine.sh up|down|status FOLDER" ;;
esac
