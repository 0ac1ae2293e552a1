/// A query asked through `psql` failed.
package struct PostgresConsoleError: Error, CustomStringConvertible {
  package let url: String
  package let sql: String
  package let message: String

  package var description: String { "psql: \(message)\n\(sql)" }
}
