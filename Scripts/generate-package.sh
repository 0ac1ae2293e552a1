#!/usr/bin/env bash
# Writes what a package of its own needs to serve and call its services with RPCServer and RPCClient:
# from each .proto file the C structs (protoc-c), the messages, the client stubs and the server protocols.
#
#   Scripts/generate-package.sh --protos FOLDER --out FOLDER --c-module NAME --module NAME [OPTION...]
#
#   --protos FOLDER      where the .proto files are; imports are relative to it
#   --out FOLDER         the package's Sources: each target is a folder there
#   --c-module NAME      target for the C structs, all of it generated
#   --module NAME        target for the Swift, which goes to its folder Generated
#   --messages NAME, --client NAME, --server NAME
#                        instead of --module, or beside it: a target for each; without one, and
#                        without --module, that part is not written
#   --visibility WORD    public, package or internal; as it is: internal where all is in one target, else public
#   --check              write nothing, fail if the tree is not what would be written
#
# Folders are relative to where you are.
set -euo pipefail
export LC_ALL=C
here=$PWD
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
. Scripts/shell/generation.sh

usage() {
  sed -n '2,/^set /s/^# \{0,1\}//p' Scripts/generate-package.sh >&2
  fail "$1"
}
mode=write from='' out='' c_module='' module='' messages='' client='' server='' visibility=''
while [ $# -gt 0 ]; do
  case $1 in
  --check)
    mode=check
    shift
    continue
    ;;
  --protos | --out | --c-module | --module | --messages | --client | --server | --visibility) ;;
  *) usage "unknown option $1" ;;
  esac
  [ $# -ge 2 ] && [ -n "$2" ] || usage "$1 wants a value"
  case $1 in
  --protos) from=$2 ;;
  --out) out=$2 ;;
  --c-module) c_module=$2 ;;
  --module) module=$2 ;;
  --messages) messages=$2 ;;
  --client) client=$2 ;;
  --server) server=$2 ;;
  --visibility) visibility=$2 ;;
  esac
  shift 2
done
messages=${messages:-$module} client=${client:-$module} server=${server:-$module}
[ -n "$from" ] && [ -n "$out" ] && [ -n "$c_module" ] || usage "--protos, --out and --c-module are needed"
[ -n "$messages" ] || usage "where are the messages to go: --module or --messages"
case $visibility in
public | package | internal | '') ;;
*) usage "--visibility is public, package or internal" ;;
esac
for word in "$c_module" "$messages" "$client" "$server"; do
  [[ $word =~ ^[A-Za-z0-9_-]*$ ]] || usage "'$word' is no name of a target"
done
if [ -z "$visibility" ]; then
  visibility=internal
  for target in "$client" "$server"; do
    [ -z "$target" ] || [ "$target" = "$messages" ] || visibility=public
  done
fi

absolute() { case $1 in /*) echo "$1" ;; *) echo "$here/$1" ;; esac; }
from=$(realpath "$(absolute "$from")") || fail "there is no folder $from"
out=$(realpath -m "$(absolute "$out")")
# Within this checkout what differs is told by short paths.
out=${out#"$PWD"/}

begin_generation "$from"
# The module of a target, as imports name it.
module_of() { echo "${1//-/_}"; }
imports_of() { # target, library
  echo "imports=$2$([ "$1" = "$messages" ] || echo ";$(module_of "$messages")")"
}
outputs=("$out/$c_module" "$out/$messages/Generated")
generate_c "$out/$c_module" "$c_module" "${protos[@]}"
generate_swift "$out/$messages/Generated" \
  "mode=messages,visibility=$visibility,c_module=$c_module,imports=Messages" "${protos[@]}"
for side in client server; do
  target=${!side} library=RPCClient
  [ "$side" = client ] || library=RPCServer
  [ -n "$target" ] || continue
  outputs+=("$out/$target/Generated")
  generate_swift "$out/$target/Generated" \
    "mode=$side,visibility=$visibility,$(imports_of "$target" "$library")" "${protos[@]}"
done
mapfile -t outputs < <(printf '%s\n' "${outputs[@]}" | sort -u)
end_generation "$mode" "${outputs[@]}"
