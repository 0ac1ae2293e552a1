#!/usr/bin/env bash
# Writes the text files of Sources/*/Assets (HTML, CSS, JavaScript, SVG) into Swift source: a program
# needs no files beside it.
#
#   Scripts/embed-assets.sh           write it
#   Scripts/embed-assets.sh --check   fail if the tree differs from what would be written
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh

generate() { # FOLDER
  local file name digest
  echo '// Written by Scripts/embed-assets.sh from Assets/. Do not edit.'
  echo '// swift-format-ignore-file'
  echo
  echo '/// The files of Assets/, by name.'
  echo 'enum EmbeddedAssets {'
  echo '  /// Path below Assets/, the first 16 digits of its SHA-256, text.'
  echo '  static let files: [(name: String, digest: String, text: String)] = ['
  while IFS= read -r file; do
    name=${file#"$1"/}
    [[ $name =~ ^[A-Za-z0-9._/-]+$ ]] || fail "$file: a name of letters, digits and ._/- is needed"
    # What a raw string literal would not keep as it is.
    ! grep -qE $'\r|"""##|\\\\##' "$file" || fail "$file: has a carriage return, \"\"\"## or \\##"
    iconv -f UTF-8 -t UTF-8 "$file" >/dev/null 2>&1 || fail "$file: is not UTF-8"
    digest=$(sha256sum "$file")
    printf '    (\n      "%s", "%s",\n      ##"""\n' "$name" "${digest:0:16}"
    sed -e '/./s/^/      /' "$file"
    # The literal's last line break is not part of it.
    printf '\n      """##\n    ),\n'
  done < <(find "$1" -type f | sort)
  echo '  ]'
  echo '}'
}

case ${1:-} in
--check | '') ;;
*) fail "usage: Scripts/embed-assets.sh [--check]" ;;
esac
stale=0
for folder in Sources/*/Assets; do
  [ -d "$folder" ] || continue
  output=${folder%/Assets}/Generated/EmbeddedAssets.swift
  text=$(generate "$folder" && echo .) || exit 1
  if [ "${1:-}" = --check ]; then
    printf '%s' "${text%.}" | diff -u "$output" - || stale=1
  else
    mkdir -p "${output%/*}"
    printf '%s' "${text%.}" >"$output.new"
    mv "$output.new" "$output"
  fi
done
((stale == 0)) || fail "the embedded assets are not what Assets/ holds; run Scripts/embed-assets.sh"
