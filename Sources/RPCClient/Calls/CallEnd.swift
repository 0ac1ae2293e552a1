import Wire

/// How one attempt of a call ended.
struct CallEnd: Sendable {
  /// How far it came.
  enum Progress: Sendable {
    /// No byte of it was sent. Safe to repeat whatever the method.
    case unsent
    /// It was sent and no handler saw it. Safe to repeat whatever the method.
    case refused
    /// The same, because its connection drained or closed: another one is worth trying at once.
    case refusedByDraining
    /// A handler may have seen it.
    case started
  }

  let status: RPCStatus
  var progress = Progress.started
  /// What came with the status.
  var trailers = Metadata()
  /// Where it went, if anywhere.
  var server: SubChannel?
}
