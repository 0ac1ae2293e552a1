package import Messages
package import Wire

/// `berth.v1.HealthService` over what is known of the server's parts.
package struct HealthHandlers: HealthServiceHandler {
  private let monitor: HealthMonitor
  private let services: Set<String>

  /// - Parameter services: full names of the services that this server has.
  package init(_ monitor: HealthMonitor, services: Set<String>) {
    self.monitor = monitor
    self.services = services
  }

  package func check(
    _ request: HealthCheckRequest, context: CallContext
  ) async throws(RPCStatus) -> HealthCheckResponse {
    try requireKnown(request.service)
    return monitor.response
  }

  package func watch(
    _ request: HealthCheckRequest, responses: ResponseWriter<HealthCheckResponse>,
    context: CallContext
  ) async throws(RPCStatus) {
    try requireKnown(request.service)
    // Subscribed before the first answer: no change between the two is missed.
    let changes = monitor.changes()
    try await responses.write(monitor.response)
    for await _ in changes { try await responses.write(monitor.response) }
  }

  private func requireKnown(_ service: String) throws(RPCStatus) {
    guard service.isEmpty || services.contains(service) else {
      throw RPCStatus(.notFound, "this server has no service \(service)")
    }
  }
}
