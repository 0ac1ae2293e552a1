#!/usr/bin/env bash
# Installs what is missing of the Debian packages that Berth is built and run with, and nothing else.
#
#   Scripts/install-dependencies.sh [--without-engine] [--without-tests] [--check]
#
# Root (or sudo) is used for apt-get alone. No system service is created, started or enabled: the
# stack runs private ones. With nothing missing it ends at once. --without-tests
# leaves out what tests alone need; --check only tells what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh

declare -A purposes=(
  [libssl-dev]="TLS, password hashing and certificates (OpenSSL)"
  [libpq-dev]="speaks to PostgreSQL (libpq)"
  [libhiredis-dev]="speaks to Redis (hiredis)"
  [libprotobuf-c-dev]="encodes and decodes messages (protobuf-c)"
  [protobuf-c-compiler]="generates the C side of the messages"
  [protobuf-compiler]="reads the .proto files (protoc)"
  [libprotobuf-dev]="the well-known .proto files that protoc imports"
  [pkg-config]="finds the C libraries for SwiftPM"
  [libc6-dev]="C headers and the static C library of the demo's image"
  [libgcc-12-dev]="the compiler's run-time library for C"
  [zlib1g-dev]="needed by Swift's Foundation"
  [openssl]="makes the development certificates"
  [postgresql]="the private database"
  [postgresql-client]="asks the database in scripts and tests (psql)"
  [redis-server]="the private Redis"
  [redis-tools]="asks Redis in scripts (redis-cli)"
  [curl]="asks the web console over HTTPS in the demo, and makes the requests of docs/http.md"
  [docker.io]="runs the deployed containers"
)
declare -A test_purposes=(
  [pgbouncer]="the transaction pooler that the tests run against"
  [tmux]="the terminal that berth top is tried in"
  [python3-venv]="runs the client in Python that the tests try (Examples/python)"
  [jq]="reads the answers to the requests of docs/http.md"
  [chromium]="the browser that the tests walk through the web console with"
  [fonts-inter]="the font of the console's screenshots"
  [prometheus]="checks metrics, alert rules and dashboard (promtool), and scrapes in a test"
)
check=no engine=yes tests=yes
for word in "$@"; do
  case $word in
    --check) check=yes ;;
    --without-engine) engine=no ;;
    --without-tests) tests=no ;;
    *) fail "unknown option $word; usage: Scripts/install-dependencies.sh [--without-engine] [--without-tests] [--check]" ;;
  esac
done
if [ "$tests" = yes ]; then
  for package in "${!test_purposes[@]}"; do purposes[$package]=${test_purposes[$package]}; done
fi

command -v swift >/dev/null || fail "no 'swift' on the PATH: install Swift 6.3 (https://swift.org/install) first"
command -v dpkg-query >/dev/null || fail "this is not Debian: install the counterparts of: ${!purposes[*]}"

# Docker is only asked for where it can be used: where one is there already, or where root can start
# a private one.
engine_is_there() { command -v docker >/dev/null && { command -v dockerd >/dev/null || docker version >/dev/null 2>&1; }; }
if [ "$engine" = no ] || engine_is_there || [ "$(id -u)" != 0 ]; then
  unset 'purposes[docker.io]'
fi

missing=()
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${!purposes[@]}" 2>/dev/null || true)
for package in "${!purposes[@]}"; do
  grep -qxF "installed $package" <<<"$installed" || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0
mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort)

printf '%sDebian packages to install%s\n' "$bold" "$plain"
for package in "${missing[@]}"; do printf '  %-22s %s\n' "$package" "${purposes[$package]}"; done
[ "$check" = no ] || exit 1

root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || fail "root is needed for: apt-get install ${missing[*]}"
  root=(sudo)
  sudo -n true 2>/dev/null || { [ -t 0 ] && say "sudo asks for your password to run apt-get"; } ||
    fail "root is needed, and sudo would ask for a password: run 'apt-get install ${missing[*]}' yourself"
fi
as_root() { "${root[@]}" env "$@"; }

# What must not be there after: a policy that no service is started and a rule that Debian's scripts
# create no database cluster. Both are taken away when this script ends, however it ends.
policy=/usr/sbin/policy-rc.d rule=/etc/postgresql-common/createcluster.d/berth.conf
written=()
take_away() { [ "${#written[@]}" = 0 ] || as_root rm -f "${written[@]}"; }
trap take_away EXIT
trap 'exit 130' INT TERM
put() {
  printf '%s\n' "$2" | as_root tee "$1" >/dev/null
  written+=("$1")
}
if [ ! -e "$policy" ]; then
  put "$policy" $'#!/bin/sh\nexit 101'
  as_root chmod 755 "$policy"
fi
as_root mkdir -p "${rule%/*}"
put "$rule" "create_main_cluster = false"
say "no system service is created or started by this (Berth runs private ones)"

log=.berth/log/apt.log
mkdir -p .berth/log
apt() {
  as_root DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -o DPkg::Lock::Timeout=600 \
    -o Dpkg::Use-Pty=0 -q -y "$@" </dev/null >>"$log" 2>&1
}
install_all() { apt install --no-install-recommends "${missing[@]}"; }
: >"$log"
say "installing ${#missing[@]} packages (log: $log)"
if ! install_all; then
  # The package lists may be missing or old.
  apt update || { show_tail "$log"; fail "apt-get update failed"; }
  install_all || { show_tail "$log"; fail "apt-get install failed"; }
fi

# On a machine with systemd a new package's service would be started at the next boot.
if [ -d /run/systemd/system ]; then
  declare -A units=(
    [postgresql]="postgresql.service" [redis-server]="redis-server.service"
    [pgbouncer]="pgbouncer.service" [prometheus]="prometheus.service" [docker.io]="docker.service docker.socket containerd.service")
  for package in "${missing[@]}"; do
    [ -n "${units[$package]:-}" ] || continue
    # shellcheck disable=SC2086
    as_root systemctl disable --quiet ${units[$package]} 2>>"$log" || true
    say "the new $package is left disabled as a system service"
  done
fi
printf '%sinstalled%s\n' "$green" "$plain"
