import Wire

/// What one attempt of a call has of its own.
struct AttemptSetup: Sendable {
  var credentials = CallCredentials.connection(nil)
  var metadata: Metadata
  /// Of the loop's clock; `UInt64.max`: none.
  var deadlineNanoseconds: UInt64
  /// The clock when the deadline was set. The loop reads its own once a turn and may be behind:
  /// no call gets more time than was asked for.
  var madeNanoseconds: UInt64
  /// Whether it waits for a connection rather than fail when none can be made.
  var waitsForReady: Bool
  /// Where an earlier attempt went.
  var avoided: SubChannel?
  /// Is told where it went; nil: nobody asks.
  var route: CallRoute?
  /// For the interceptors; nil where there are none.
  var observed: ObservedAttempt?
}
