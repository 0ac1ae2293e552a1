/// Tells a function of each attempt when it is over. Never holds credentials or messages.
public struct LoggingInterceptor: ClientInterceptor {
  /// One attempt.
  public struct Line: Sendable, CustomStringConvertible {
    /// `package.Service/Method`.
    public let method: String
    public let attempt: Int
    public let outcome: ClientCallOutcome

    /// For example `a.B/C UNAVAILABLE: away, 1250 us, host:7443, attempt 1 of more`.
    public var description: String {
      let (seconds, attoseconds) = outcome.duration.components
      let microseconds = seconds &* 1_000_000 &+ attoseconds / 1_000_000_000_000
      let server = outcome.server?.description ?? "nowhere"
      let more = outcome.isFinal ? "" : " of more"
      return "\(method) \(outcome.status), \(microseconds) us, \(server), attempt \(attempt)\(more)"
    }
  }

  private let least: Level
  private let sink: @Sendable (Line) -> Void

  /// Which attempts are told.
  public enum Level: Sendable, Hashable {
    case all
    /// Those that ended with another status than OK.
    case failures
  }

  /// - Parameter sink: called where the attempt ends, for example on the channel's loop: it must
  ///   not block.
  public init(_ least: Level = .all, sink: @escaping @Sendable (Line) -> Void) {
    self.least = least
    self.sink = sink
  }

  public func end(_ call: ClientCallContext, _ outcome: ClientCallOutcome) {
    if least == .failures, outcome.status.code == .ok { return }
    sink(Line(method: call.method.path, attempt: call.attempt, outcome: outcome))
  }
}
