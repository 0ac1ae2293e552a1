/// The words for why a connection was not made.
enum ConnectFailure {
  /// Leaves out the name of the system call, and adds what to look at where a certificate was
  /// refused.
  static func text(_ reason: String, server: String) -> String {
    if reason.contains("certificate verify failed") {
      let isName = reason.contains("ostname mismatch") || reason.contains("IP address mismatch")
      return isName
        ? "\(verification(reason)): the certificate is not for \(server)"
        : "\(verification(reason)): is BERTH_CA the server's CA?"
    }
    for call in ["connect: ", "socket: "] where reason.hasPrefix(call) {
      return lowercasedFirst(reason.dropFirst(call.count))
    }
    return reason
  }

  /// From `certificate verify failed` on.
  private static func verification(_ reason: String) -> String {
    let words = "certificate verify failed"
    var index = reason.startIndex
    while index < reason.endIndex, !reason[index...].hasPrefix(words) {
      index = reason.index(after: index)
    }
    return String(reason[index...])
  }

  private static func lowercasedFirst(_ text: Substring) -> String {
    text.prefix(1).lowercased() + text.dropFirst()
  }
}
