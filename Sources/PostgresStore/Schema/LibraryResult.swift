internal import CPostgres

/// One result of libpq's own, for the connection that migrations use.
final class LibraryResult {
  private let pointer: OpaquePointer

  init(owning pointer: OpaquePointer) { self.pointer = pointer }

  deinit { PQclear(pointer) }

  /// The rows as text; NULL is "".
  var texts: [[String]] {
    (0..<PQntuples(pointer)).map { row in
      (0..<PQnfields(pointer)).map { String(cString: PQgetvalue(pointer, row, $0)) }
    }
  }

  /// The error that the server answered instead of rows.
  var failure: PostgresFailure {
    func field(_ code: Unicode.Scalar) -> String {
      PQresultErrorField(pointer, Int32(UInt8(ascii: code))).map { String(cString: $0) } ?? ""
    }
    // PG_DIAG_SQLSTATE, _MESSAGE_PRIMARY and _CONSTRAINT_NAME are character literals of C.
    let state = field("C")
    guard !state.isEmpty else {
      // Made by libpq itself: the connection is gone.
      let message = PQresultErrorMessage(pointer).map { String(cString: $0) } ?? ""
      return PostgresFailure(.connectionLost, message.trimmedLine)
    }
    return PostgresFailure(.server(SQLState(state), constraint: field("n")), field("M"))
  }
}
