#!/usr/bin/env bash
# Makes what Examples/python needs: a virtual environment with its requirements, and the messages.
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

if ! cmp -s "$example/requirements.txt" "$folder/requirements.txt"; then
  say "installing protobuf for Python into $folder"
  python3 -m venv --clear "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check -r "$example/requirements.txt" ||
    fail "pip could not install $example/requirements.txt"
  cp "$example/requirements.txt" "$folder/requirements.txt"
fi
rm -rf "$folder/messages"
mkdir -p "$folder/messages"
protoc -IProtos -I"$example/protos" -ITests/Protos --python_out="$folder/messages" \
  Protos/berth/v1/*.proto "$example"/protos/google/rpc/*.proto Tests/Protos/interop.proto
