#!/usr/bin/env bash
# Writes the SQL files of PostgresStore into Swift source: a program needs no files beside it.
#
#   Scripts/embed-sql.sh           write it
#   Scripts/embed-sql.sh --check   fail if the tree differs from what would be written
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../Sources/PostgresStore"

output=Generated/EmbeddedSQL.swift

generate() {
  echo '// Written by Scripts/embed-sql.sh from Migrations/ and Statements/. Do not edit.'
  echo '// swift-format-ignore-file'
  echo
  echo 'enum EmbeddedSQL {'
  echo '  /// In the order in which they run: version, file name, text.'
  echo '  static let migrations: [(version: Int, name: String, sql: String)] = ['
  local file name
  for file in Migrations/*.sql; do
    name=$(basename "$file" .sql)
    printf '    (\n      %d, "%s",\n      #"""\n' "$((10#${name%%_*}))" "$name"
    sed -e 's/^/      /' -e 's/^ *$//' "$file"
    printf '      """#\n    ),\n'
  done
  echo '  ]'
  for file in Statements/*.sql; do
    printf '\n  static let %s = #"""\n' "$(basename "$file" .sql)"
    sed -e 's/^/    /' -e 's/^ *$//' "$file"
    printf '    """#\n'
  done
  echo '}'
}

if [ "${1:-}" = --check ]; then
  generate | diff -u "$output" - || { echo 'embed-sql: run Scripts/embed-sql.sh' >&2; exit 1; }
else
  generate >"$output.new"
  mv "$output.new" "$output"
fi
