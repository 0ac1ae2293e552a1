#!/usr/bin/env bash
# Makes what Examples/python and the tests need: a virtual environment with their requirements, and
# the messages.
#
#   Scripts/python-client.sh FOLDER
#
# Leaves FOLDER/bin/python and FOLDER/messages. With nothing changed it ends at once.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
[ $# = 1 ] || fail "usage: Scripts/python-client.sh FOLDER"
folder=$1 example=Examples/python
mkdir -p "$folder"
for tool in python3 protoc; do command -v "$tool" >/dev/null || fail "no $tool on the PATH"; done

requirements=$(cat "$example/requirements.txt" Tests/requirements.txt)
if [ "$requirements" != "$(cat "$folder/requirements.txt" 2>/dev/null)" ]; then
  say "installing what Python needs into $folder"
  python3 -m venv --clear "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check -r "$example/requirements.txt" \
    -r Tests/requirements.txt ||
    fail "pip could not install $example/requirements.txt and Tests/requirements.txt"
  printf '%s\n' "$requirements" >"$folder/requirements.txt"
fi
rm -rf "$folder/messages"
mkdir -p "$folder/messages"
protoc -IProtos -I"$example/protos" -ITests/Protos --python_out="$folder/messages" \
  Protos/berth/v1/*.proto "$example"/protos/google/rpc/*.proto Tests/Protos/interop.proto
