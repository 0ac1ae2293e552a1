/// What an agent is told to do.
package enum AgentOrder: Sendable, Equatable {
  /// Begin this attempt; one that runs already is no error.
  case start(Deployment)
  /// Stop and remove the container of this attempt; an unknown one is no error. Also the answer to
  /// a report that it ended: the report is kept, the container may go.
  case stop(DeploymentID, attempt: Int, grace: Duration)
  case streamLogs(LogRequestID, DeploymentID, attempt: Int, follow: Bool, tail: Int)
  case stopLogs(LogRequestID)
}

/// Names one log request of one session.
package struct LogRequestID: Hashable, Sendable, CustomStringConvertible {
  private let value: UInt64

  init(_ value: UInt64) { self.value = value }

  /// Reads what `description` wrote; nil for anything else.
  package init?(_ text: String) {
    guard let value = UInt64(text) else { return nil }
    self.value = value
  }

  package var description: String { String(value) }
}
