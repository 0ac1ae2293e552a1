/// One SQL statement; values come only through its parameters ($1, $2, ...).
struct Statement: Sendable {
  /// Unique in the program: the name under which connections prepare it.
  let name: String
  let sql: String

  init(_ name: String, _ sql: String) {
    self.name = name
    self.sql = sql
  }
}
