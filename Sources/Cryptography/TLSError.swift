import COpenSSL
import Glibc

/// A TLS operation failed. The text is for a log, not for a peer.
package struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  /// What OpenSSL left in this thread's error queue, oldest first, which empties it.
  static func queued(_ call: String) -> TLSError {
    var texts = [call]
    for _ in 0..<CryptographyLimits.queuedErrors {
      let code = ERR_get_error()
      guard code != 0 else { break }
      let text = Self.text(of: code)
      // Each layer above the one that failed adds that it was the system.
      if texts.count == 1 || text != systemFailure { texts.append(text) }
    }
    ERR_clear_error()
    return TLSError(texts.joined(separator: ": "))
  }

  /// OpenSSL's reason ERR_R_SYS_LIB, in words.
  private static let systemFailure = "system lib"

  private static func text(of code: UInt) -> String {
    // ERR_SYSTEM_ERROR(3): bit 31 set, and errno below it.
    if code >> 31 & 1 == 1 { return String(cString: strerror(Int32(code & 0x7FFF_FFFF))) }
    guard let reason = ERR_reason_error_string(code) else { return "error \(code)" }
    return String(cString: reason)
  }
}
