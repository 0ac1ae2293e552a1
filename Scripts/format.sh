#!/usr/bin/env bash
# Formats the Swift code by .swift-format, or with --check tells what is not.
#
# Generated files are left out: Scripts/generate.sh --check holds them to what the generator writes.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
files=()
while IFS= read -r file; do
  [ ! -f "$file" ] || files+=("$file")
done < <(git ls-files --cached --others --exclude-standard -- '*.swift' | grep -v '/Generated/')
[ "${#files[@]}" -gt 0 ] || fail "no Swift files found"
if [ "${1:-}" = --check ]; then
  swift format lint --strict --parallel "${files[@]}" || fail "run 'make format', and mend by hand what it leaves"
  say "${#files[@]} Swift files are formatted as .swift-format says"
else
  swift format format --in-place --parallel "${files[@]}"
fi
