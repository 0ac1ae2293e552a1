import Messages
import Wire

/// `berth.v1.HealthService` over what is known of the server's parts.
struct HealthHandlers: HealthServiceHandler {
  private let monitor: HealthMonitor

  init(_ monitor: HealthMonitor) { self.monitor = monitor }

  func check(
    _ request: HealthCheckRequest, context: CallContext
  ) async throws(RPCStatus) -> HealthCheckResponse {
    guard let response = response(to: request, context) else {
      throw RPCStatus(.notFound, "this server has no service \(request.service)")
    }
    return response
  }

  func watch(
    _ request: HealthCheckRequest, responses: ResponseWriter<HealthCheckResponse>,
    context: CallContext
  ) async throws(RPCStatus) {
    // Subscribed before the first answer: no change between the two is missed.
    let (changes, wake) = monitor.changes()
    context.onDrain { wake.yield() }
    var iterator = changes.makeAsyncIterator()
    var last: HealthCheckResponse?
    repeat {
      let isLast = monitor.isDraining || context.isDraining
      let response =
        response(to: request, context) ?? HealthCheckResponse(status: .serviceUnknown)
      if response != last { try await responses.write(response) }
      last = response
      if isLast { throw context.drainStatus }
    } while await iterator.next() != nil
  }

  private func response(
    to request: HealthCheckRequest, _ context: CallContext
  ) -> HealthCheckResponse? {
    let services = context.call.server.catalog.services
    return monitor.response(
      for: request.service, isKnown: services.contains(request.service))
  }
}
