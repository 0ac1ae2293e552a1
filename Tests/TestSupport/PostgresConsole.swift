import Foundation

/// Asks a database through the `psql` program: a second pair of eyes that shares no code with the
/// store.
package struct PostgresConsole: Sendable {
  private static let fieldSeparator: Character = "\u{1F}"
  private static let recordSeparator: Character = "\u{1E}"

  package let url: String

  package init(url: String) {
    self.url = url
  }

  /// Runs `sql` (several statements are one transaction only where it says so) and returns the rows
  /// as text.
  ///
  /// NULL reads as an empty string. Throws `PostgresConsoleError` with the server's message.
  package func query(
    _ sql: String, within limit: Duration = .seconds(30)
  ) async throws -> [[String]] {
    let arguments = [
      "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1",
      "--field-separator", String(Self.fieldSeparator),
      "--record-separator", String(Self.recordSeparator), "--file", "-", url,
    ]
    let outcome = try await ChildProcess.run(
      "/usr/bin/psql", arguments, environment: ["PGCLIENTENCODING": "UTF8", "LC_ALL": "C.UTF-8"],
      input: sql + "\n;\n", within: limit)
    guard outcome.exit.isSuccess else {
      throw PostgresConsoleError(url: url, sql: sql, message: outcome.standardError)
    }
    return outcome.standardOutput
      .trimmingCharacters(in: CharacterSet(charactersIn: "\n"))
      .split(separator: Self.recordSeparator, omittingEmptySubsequences: true)
      .map { record in
        record.split(separator: Self.fieldSeparator, omittingEmptySubsequences: false)
          .map(String.init)
      }
  }

  /// The only field of the only row; throws where the answer has another shape.
  package func scalar(_ sql: String) async throws -> String {
    let rows = try await query(sql)
    guard rows.count == 1, rows[0].count == 1 else {
      throw PostgresConsoleError(url: url, sql: sql, message: "not one value: \(rows)")
    }
    return rows[0][0]
  }
}
