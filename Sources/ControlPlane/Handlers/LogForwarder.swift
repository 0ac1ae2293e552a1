package import Domain
package import Messages
package import RPCServer
package import Wire

/// Asks the replica that an agent is attached to for a container's logs.
package protocol LogForwarder: Sendable {
  /// Passes the other replica's answers on until they end. The call carries the caller's own token,
  /// so that the other replica decides anew, and the mark of `LogForwarding`.
  func forward(
    _ request: LogsRequest, to location: AgentLocation, context: CallContext,
    into responses: ResponseWriter<LogsResponse>
  ) async throws(RPCStatus)
}

/// Keeps a forwarded call from being forwarded again while the agent moves between replicas.
package enum LogForwarding {
  /// Metadata key that a forwarded call carries.
  package static let mark = "berth-forwarded"
}
