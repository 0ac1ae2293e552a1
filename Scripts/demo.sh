#!/usr/bin/env bash
# The tour: from sign-up to a finished container, through the command line, on a real stack.
#
#   Scripts/demo.sh
#
# KEEP=1 in the environment leaves everything running. Without it all is stopped at the end, also
# after a failure or Ctrl-C, unless the stack ran already before.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
image=berth-demo-model:latest
model_seconds=8 attach_seconds=30

run=$(random_hex 2)
alice=alice-$run bob=bob-$run org=acme-$run cluster=gpu-box-$run
started=$SECONDS number=0 finished=no was_running=no
output=$(mktemp)

# The last words, after whatever is stopped.
tell_console() {
  printf '\n%sThe web console:%s %s\n' "$bold" "$plain" "$BERTH_CONSOLE_URL"
  printf '  CA: %s. Sign in as %s with the password in\n' "$BERTH_CA" "$alice"
  printf '  .berth/passwords/%s, or as administrator with the token in .berth/admin.token.\n' "$alice"
}

finish() {
  local status=$?
  trap - EXIT
  trap '' INT TERM
  rm -f "$output"
  if [ "$finished" = no ]; then
    printf '\n%sthe tour was not finished%s\n' "$red" "$plain" >&2
    for log in .berth/log/berthd.log ".berth/log/agent-$cluster.log"; do
      [ ! -s "$log" ] || [ "$status" = 130 ] || show_tail "$log" 15
    done
    [ "$status" != 0 ] || status=1
  fi
  if [ -z "${KEEP:-}" ]; then
    [ ! -d ".berth/agents/$cluster" ] || Scripts/stack.sh forget "$cluster" || true
    if [ "$was_running" = no ]; then Scripts/stack.sh down || status=1; fi
  fi
  [ "$finished" = no ] || tell_console
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if Scripts/stack.sh status 2>/dev/null | grep -q '^berthd.*serves'; then was_running=yes; fi

step() {
  number=$((number + 1))
  printf '\n%s%2d. %s%s\n' "$bold" "$number" "$1" "$plain"
  shift
  [ $# = 0 ] || printf '    %s%s%s\n' "$dim" "$*" "$plain"
}
# quoted WORD...: the words as they could be typed.
quoted() {
  local word words=''
  for word in "$@"; do
    case $word in
      '>' | '&') words+=" $word" ;;
      *[!a-zA-Z0-9_./:=@%+,-]*) words+=" '${word//\'/\'\\\'\'}'" ;;
      *) words+=" $word" ;;
    esac
  done
  printf '%s' "${words# }"
}
show() { printf '    %s$ %s%s\n' "$cyan" "$(quoted "$@")" "$plain"; }
# try COMMAND...: shows the command, runs it, shows what it prints and keeps that in $output.
try() {
  show "$@"
  local status=0
  "$@" >"$output" 2>&1 || status=$?
  sed 's/^/    /' "$output"
  [ "$status" = 0 ] || fail "that command ended with status $status"
}
state_of() { berth -o json get "$1" --context "$alice" | json_field state; }
is_in() { # ID STATE...
  local state
  state=$(state_of "$1")
  [[ " ${*:2} " == *" ${state#DEPLOYMENT_STATE_} "* ]]
}
expect_state() { # ID STATE
  is_in "$@" || fail "deployment $1 is $(state_of "$1"), not $2"
}
is_attached() { berth -o json cluster get "$cluster" --context "$alice" | grep -q '"agentAttached": *true'; }
agent_has_settled() { is_gone ".berth/agents/$cluster/pid" || is_attached; }

printf '%sBerth: from sign-up to a finished container%s\n' "$bold" "$plain"
# A tour that was killed could not put its agent away.
for agent in .berth/agents/gpu-box-*/; do
  [ ! -d "$agent" ] || [ -e "$agent/keep" ] || Scripts/stack.sh forget "$(basename "$agent")"
done
Scripts/stack.sh up --bare
set -a
# shellcheck source=/dev/null
. .berth/env
set +a
export BERTH_CONFIG_HOME=$PWD/.berth/cli
export PATH=$PWD/.berth/bin:$PATH
mkdir -p .berth/passwords
chmod 700 .berth/passwords
for user in "$alice" "$bob"; do (umask 077 && random_hex 16 >".berth/passwords/$user"); done

# What the model is told to do: the image's program has options, the simulated engine reads a script.
if [ "$BERTH_ENGINE" = docker ]; then
  command=(--seconds "$model_seconds")
else
  command=(sh -c "echo loaded 3 classes; echo prediction 1: petal 1.4 x 0.2 cm is setosa; sleep $model_seconds; echo done")
fi

step "The server is there" "Everything below is the berth command talking to $BERTH_ADDRESS over TLS."
try berth health

step "Two people sign up and log in" "A password is read from a file or the terminal, never from the command line."
try berth signup "$alice" --display-name "Alice" --password-file ".berth/passwords/$alice" --no-login
try berth login "$alice" --password-file ".berth/passwords/$alice"
try berth signup "$bob" --display-name "Bob" --password-file ".berth/passwords/$bob" --no-login
try berth login "$bob" --password-file ".berth/passwords/$bob"

step "Alice creates an organization; Bob joins by its invite code" "The code is shown this once."
try berth org create "$org" --context "$alice"
code=$(sed -n 's/.*[Ii]nvite code.*: *//p' "$output")
[ -n "$code" ] || fail "no invite code was printed"
try berth org join "$code" --context "$bob"
try berth org members --context "$alice"

step "Alice registers a cluster: 4 cores, 8 GiB of memory, 1 GPU"
try berth cluster create "$cluster" --cpu 4 --memory 8GiB --gpu 1 --gpu-model A100 --context "$alice"

step "An agent enrolls with the cluster's token and attaches" "It runs beside the container engine and starts what is placed on the cluster."
mkdir -p ".berth/agents/$cluster"
[ -z "${KEEP:-}" ] || : >".berth/agents/$cluster/keep"
show berth cluster agent-token "$cluster" --context "$alice" '>' ".berth/agents/$cluster/token"
(umask 077 && berth cluster agent-token "$cluster" --context "$alice" >".berth/agents/$cluster/token")
berth -o json cluster get "$cluster" --context "$alice" | json_field id >".berth/agents/$cluster/cluster"
show berth-agent --address "$BERTH_ADDRESS" --ca .berth/certificates/ca.pem \
  --token-file ".berth/agents/$cluster/token" --engine "$BERTH_ENGINE" '&'
Scripts/stack.sh agent "$cluster"
wait_until "$attach_seconds" "the agent to attach" agent_has_settled || true
is_attached || fail "the agent did not attach"
try berth cluster get "$cluster" --context "$alice"

step "Alice deploys a model that takes the only GPU" "The command comes back once the container runs."
try berth deploy "$image" --name flowers --cpu 1 --memory 256MiB --gpu 1 --wait running --context "$alice" -- "${command[@]}"
first=$(berth -o json deployments --limit 1 --context "$alice" | json_field id)

step "Bob deploys another one: it waits, for the cluster is full" "The scheduler says what it waits for."
try berth deploy "$image" --name flowers-too --cpu 1 --memory 256MiB --gpu 1 --priority 10 --context "$bob" -- "${command[@]}"
second=$(berth -o json deployments --limit 1 --context "$bob" | json_field id)
expect_state "$first" RUNNING
expect_state "$second" QUEUED
try berth queue --context "$bob"
try berth cluster get "$cluster" --context "$alice"

step "What the first model prints, until it ends"
try berth logs "$first" --follow --context "$alice"

step "The moment the first ends the second gets its place" "Every change of state, as it happens:"
try berth watch "$second" --context "$bob"
expect_state "$first" COMPLETED
expect_state "$second" COMPLETED
try berth logs "$second" --tail 3 --context "$bob"

step "All resources are free again"
try berth cluster get "$cluster" --context "$alice"
allocated=$(berth -o json cluster get "$cluster" --context "$alice" | grep -o '"allocated": *{[^}]*}') || allocated=
if [ -z "$allocated" ] || grep -qE ': *"?[1-9]' <<<"$allocated"; then fail "resources are still held: $allocated"; fi
try berth deployments --context "$alice"
try berth events "$second" --context "$bob"

step "HTTP and JSON, for callers without the protocol" "Every call is there: $BERTH_CONSOLE_URL/docs describes them; the web console is at the same address."
try curl -sS --fail --cacert "$BERTH_CA" -w '\n' "$BERTH_CONSOLE_URL/core/health"

step "The operator asks the database whether every invariant holds"
try berth admin check --token-file "$BERTH_ADMIN_TOKEN_FILE"
finished=yes

printf '\n%s%sDone in %d seconds.%s\n' "$bold" "$green" $((SECONDS - started)) "$plain"
cat <<WORDS
  Two users, one organization, one cluster, two deployments. The second waited for the first's GPU
  and was placed when it became free. Engine: $BERTH_ENGINE. Address: $BERTH_ADDRESS.
WORDS
if [ -n "${KEEP:-}" ]; then
  cat <<WORDS

${bold}Everything is left running.${plain}  Address: $BERTH_ADDRESS  CA: $BERTH_CA
Try next:
  set -a; . .berth/env; set +a
  export PATH=\$PWD/.berth/bin:\$PATH BERTH_CONFIG_HOME=\$PWD/.berth/cli
  berth whoami --context $alice
  berth deploy $image --cpu 1 --memory 256MiB --gpu 1 --context $alice -- $(quoted "${command[@]}")
  berth watch --context $alice
  berth --help
  make down
WORDS
elif [ "$was_running" = yes ]; then
  printf '\nThe stack ran before the tour and goes on running; make down stops it.\n'
else
  printf '\nAll of it is stopped again; KEEP=1 make demo leaves it running, make up starts it.\n'
fi
