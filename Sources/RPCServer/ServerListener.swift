import EventLoop
import Logging
import Transport

/// Gives each accepted connection its handler.
final class ServerListener: ListenerHandler {
  private let server: ServerLoop

  init(server: ServerLoop) { self.server = server }

  func listener(
    _ listener: Listener, handlerFor address: SocketAddress
  ) -> any ConnectionHandler {
    ServerConnection(server: server, address: address)
  }

  func listener(
    _ listener: Listener, refused refusal: ConnectionCensus.Refusal, from address: SocketAddress?
  ) {
    server.refused()
    server.logger.debug(
      "connection refused",
      metadata: ["reason": "\(refusal)", "peer": "\(address?.description ?? "unknown")"])
  }
}
