package import Gateway
package import Hummingbird
import HTTPTypes
import struct NIOCore.ByteBuffer
import ServiceLifecycle
import Synchronization

/// Live events: one stream for each page, of the organization that it shows.
package struct EventRoutes: Sendable {
  private let sessions: ConsoleSessions
  private let hub: LiveHub

  package init(sessions: ConsoleSessions, hub: LiveHub) {
    self.sessions = sessions
    self.hub = hub
  }

  package func add(to group: RouterGroup<GatewayContext>) {
    group.get("/console/events") { request, _ in try self.events(request) }
  }

  private func events(_ request: Request) throws -> Response {
    try RequestOrigin.check(request)
    guard let session = sessions.session(of: request) else { throw HTTPError(.unauthorized) }
    guard let organization = request.uri.queryParameters.get("organization"),
      !organization.isEmpty
    else { throw HTTPError(.badRequest, message: "the parameter organization is missing") }
    guard let follower = hub.follow(organization, as: session) else {
      throw HTTPError(
        .serviceUnavailable, headers: [.retryAfter: "5"],
        message: "as many pages are open as may be")
    }
    let cursor = lastEventID.flatMap { request.headers[$0] }.flatMap { LiveCursor(text: $0) }
    let stream = EventStream(
      follower: follower, cursor: cursor,
      isSignedIn: { sessions.session(of: request) != nil })
    return Response(
      status: .ok,
      // The connection ends with the stream: its read side serves to notice that the page went.
      headers: [
        .contentType: "text/event-stream", .cacheControl: "no-store", .connection: "close",
      ],
      body: ResponseBody { writer in
        let page = PageWriter(writer)
        try await request.body.consumeWithCancellationOnInboundClose { _ in
          try await cancelWhenGracefulShutdown { try await stream.write(to: page) }
        }
      })
  }

  private let lastEventID = HTTPField.Name("Last-Event-ID")
}
