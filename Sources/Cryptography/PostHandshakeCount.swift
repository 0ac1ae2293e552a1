import COpenSSL

/// How many messages came after a session's handshake and were not taken note of. The number itself
/// is the session's application data: most sessions never have any.
enum PostHandshakeCount {
  /// OpenSSL's index of the application data (`SSL_set_app_data`).
  private static let index: Int32 = 0

  static func get(_ session: OpaquePointer?) -> Int {
    Int(bitPattern: SSL_get_ex_data(session, index))
  }

  static func set(_ count: Int, _ session: OpaquePointer?) {
    SSL_set_ex_data(session, index, UnsafeMutableRawPointer(bitPattern: count))
  }
}
