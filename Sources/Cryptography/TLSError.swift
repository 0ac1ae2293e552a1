import COpenSSL

/// A TLS operation failed. The text is for a log, not for a peer.
package struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  /// What OpenSSL left in this thread's error queue, oldest first, which empties it.
  static func queued(_ call: String) -> TLSError {
    var text = call
    var separator = ": "
    for _ in 0..<CryptographyLimits.queuedErrors {
      let code = ERR_get_error()
      guard code != 0 else { break }
      text += separator + Self.text(of: code)
      separator = "; "
    }
    ERR_clear_error()
    return TLSError(text)
  }

  private static func text(of code: UInt) -> String {
    guard let reason = ERR_reason_error_string(code) else { return "error \(code)" }
    return String(cString: reason)
  }
}
