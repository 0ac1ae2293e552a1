internal import CPostgres

/// Owns one PGconn. Confined to the loop that opened it: libpq allows one thread at a time.
final class ConnectionHandle {
  let pointer: OpaquePointer

  /// Begins to connect; the status tells whether it may go on.
  init?(keywords: [(String, String)]) {
    let pointer = Self.withCStrings(keywords.map(\.0)) { names in
      Self.withCStrings(keywords.map(\.1)) { values in PQconnectStartParams(names, values, 0) }
    }
    guard let pointer else { return nil }
    self.pointer = pointer
    // Else libpq prints notices on standard error.
    PQsetNoticeReceiver(pointer, { _, _ in }, nil)
  }

  deinit { PQfinish(pointer) }

  var isBad: Bool { PQstatus(pointer) == CONNECTION_BAD }

  var descriptor: Int32 { PQsocket(pointer) }

  /// Makes libpq's own writes return where the socket's buffer is full; whether they do.
  func makeNonblocking() -> Bool { PQsetnonblocking(pointer, 1) == 0 }

  /// libpq's last message, in one line.
  var message: String { String(cString: PQerrorMessage(pointer)).trimmedLine }

  private static func withCStrings<R>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R
  ) -> R {
    var bytes: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
      offsets.append(bytes.count)
      bytes.append(contentsOf: string.utf8CString)
    }
    return bytes.withUnsafeBufferPointer { buffer in
      var pointers: [UnsafePointer<CChar>?] = offsets.map { buffer.baseAddress! + $0 }
      pointers.append(nil)
      return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
  }
}
