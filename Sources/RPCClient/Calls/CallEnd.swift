import Wire

/// How one attempt of a call ended.
struct CallEnd: Sendable {
  let status: RPCStatus
  /// No handler saw it: not sent, or refused. Safe to repeat whatever the method.
  var isUnstarted = false
}
