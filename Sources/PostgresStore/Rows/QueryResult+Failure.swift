internal import CPostgres

extension QueryResult {
  /// The error that the server answered instead of rows.
  var failure: PostgresFailure {
    withPointer { pointer in
      func field(_ code: Int32) -> String {
        PQresultErrorField(pointer, code).map { String(cString: $0) } ?? ""
      }
      // PG_DIAG_SQLSTATE, _MESSAGE_PRIMARY and _CONSTRAINT_NAME are character literals of C.
      let state = field(Int32(UInt8(ascii: "C")))
      let text = field(Int32(UInt8(ascii: "M")))
      guard !state.isEmpty else {
        // Made by libpq itself: the connection is gone.
        let message = PQresultErrorMessage(pointer).map { String(cString: $0) } ?? ""
        return PostgresFailure(.connectionLost, message.trimmedLine)
      }
      return PostgresFailure(
        .server(SQLState(state), constraint: field(Int32(UInt8(ascii: "n")))), text)
    }
  }
}
