# shellcheck shell=bash
# shellcheck disable=SC2034 # the colours are for those who source this
# What the scripts share: words on the terminal, waiting, and background processes that are found
# again by process id and start time, never by name. Sourced, not run.

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' cyan=$'\e[36m' plain=$'\e[0m'
else
  bold='' dim='' green='' red='' cyan='' plain=''
fi

say() { printf '%s%s%s\n' "$dim" "$*" "$plain"; }
warn() { printf '%s%s%s\n' "$red" "$*" "$plain" >&2; }
fail() {
  warn "error: $*"
  exit 1
}

# wait_until SECONDS WHAT COMMAND...: runs the command until it succeeds; fails with a clear line after.
wait_until() {
  local limit=$1 what=$2 end
  shift 2
  end=$((${EPOCHREALTIME/[.,]/} + limit * 1000000))
  until "$@"; do
    if [ "${EPOCHREALTIME/[.,]/}" -ge "$end" ]; then
      warn "$what: not within $limit seconds"
      return 1
    fi
    sleep 0.05
  done
}

# A random password or secret: 32 hexadecimal digits.
random_hex() { od -An -N "${1:-16}" -tx1 /dev/urandom | tr -d ' \n'; }

# start_time PID: the kernel's start time of a process, nothing when it is gone or a zombie.
start_time() {
  local line
  { line=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  # The second field is the name in parentheses, which may hold spaces: read on after the last one.
  # shellcheck disable=SC2086
  set -- ${line##*) }
  [ "$1" != Z ] && [ "$1" != X ] && printf '%s' "${20}"
}

# record PIDFILE PID: remembers a process together with its start time.
record() { printf '%s %s\n' "$2" "$(start_time "$2")" >"$1"; }

# recorded PIDFILE: prints the process id when that very process still runs.
recorded() {
  local pid started
  [ -s "$1" ] && read -r pid started <"$1" || return 1
  [ -n "$pid" ] && [ -n "$started" ] && [ "$(start_time "$pid")" = "$started" ] && printf '%s' "$pid"
}

is_gone() { ! recorded "$1" >/dev/null; }

# stop_recorded PIDFILE NAME SECONDS [SIGNAL]: asks the process to end, after SECONDS makes it.
stop_recorded() {
  local file=$1 name=$2 limit=$3 signal=${4:-TERM} pid
  if pid=$(recorded "$file"); then
    kill -s "$signal" "$pid" 2>/dev/null || true
    # One that stands still (SIGSTOP) would never see the signal.
    kill -s CONT "$pid" 2>/dev/null || true
    if ! wait_until "$limit" "$name ($pid) to end" is_gone "$file"; then
      kill -s KILL "$pid" 2>/dev/null || true
      wait_until 5 "$name ($pid) to be killed" is_gone "$file" || return 1
    fi
  fi
  rm -f "$file"
}

# start_recorded PIDFILE LOG COMMAND...: starts a background process of its own session, so that
# Ctrl-C on the terminal does not reach it, with its output appended to LOG. It records itself, so
# that it is not lost if this script is ended right after.
start_recorded() {
  local file=$1 log=$2
  shift 2
  rm -f "$file"
  printf -- '--- started %s: %s\n' "$(date -u +%FT%TZ)" "$1" >>"$log"
  # shellcheck disable=SC2016 # it is the new shell that expands it
  setsid -- bash -c '. "$1"; record "$2" $$; exec "${@:3}"' bash "$this_library" "$file" "$@" \
    >>"$log" 2>&1 </dev/null &
  disown $! 2>/dev/null || true
  wait_until 10 "$1 to be started" test -s "$file"
}
this_library=$(realpath "${BASH_SOURCE[0]}")

show_tail() {
  warn "the end of $1:"
  tail -n "${2:-25}" "$1" >&2 || true
}

# is_free_port PORT: nothing listens on it, by the kernel's own table.
is_free_port() {
  ! grep -qsE "^ *[0-9]+: [0-9A-F]+$(printf ':%04X' "$1") [0-9A-F:]+ 0A " /proc/net/tcp /proc/net/tcp6
}

# free_port: prints a port that nothing listens on, below the range that the kernel hands out itself.
free_port() {
  local port
  while port=$((10240 + (RANDOM << 15 | RANDOM) % 20000)); do
    if is_free_port "$port"; then
      printf '%s' "$port"
      return
    fi
  done
}

# json_field NAME: the first string of that name in the JSON on standard input.
json_field() { grep -o "\"$1\": *\"[^\"]*\"" | sed -n '1s/.*: *"\(.*\)"$/\1/p'; }
