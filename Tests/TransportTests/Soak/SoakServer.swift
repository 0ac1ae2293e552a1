import Cryptography
import EventLoop
import Synchronization
import TestSupport
@_spi(Frames) import Wire

@testable import Transport

/// A server that echoes and keeps nothing: what it holds is what its connections hold.
final class SoakServer: @unchecked Sendable {
  // @unchecked: `listener` is touched on the loop alone, the rest is Sendable.
  struct Count {
    var opened = 0
    var closed = 0
    var refused = 0
  }

  let loop: EventLoop
  let census = ConnectionCensus()
  let made: TestAuthority
  let port: UInt16
  private let mutex = Mutex(Count())
  private var listener: Listener?

  var count: Count { mutex.withLock { $0 } }

  private init(loop: EventLoop, made: TestAuthority) async throws {
    self.loop = loop
    self.made = made
    let tls = try TLSContext.server(
      certificateChain: made.certificate("localhost"), privateKey: made.key("localhost"))
    let listening = Listening()
    let census = census
    let limits = Self.limits
    port = try await loop.run {
      let context = TransportContext(loop: loop, tls: tls, limits: limits)
      let listener = try Listener.start(
        on: .loopback(port: 0), context: context, census: census, handler: listening)
      listening.listener = listener
      return listener.address.port
    }
    listener = listening.listener
    listening.server = self
  }

  static func start() async throws -> SoakServer {
    try await SoakServer(loop: try EventLoop.start(name: "server"), made: TestAuthority.make())
  }

  /// The defaults, but for handshakes that stall: a test does not wait ten seconds.
  private static var limits: TransportLimits {
    var limits = TransportLimits()
    limits.handshakeTimeout = .seconds(3)
    return limits
  }

  func stop() async {
    await loop.run { [self] in
      listener?.stop()
      for connection in listener?.connections ?? [] { connection.terminate("stopped") }
      listener = nil
    }
    await loop.shutdown()
  }

  fileprivate func note(_ change: (inout Count) -> Void) { mutex.withLock { change(&$0) } }
}

/// What the listener calls before the server is whole.
private final class Listening: ListenerHandler, @unchecked Sendable {
  // @unchecked: set before the port is known to anybody, used on the loop.
  weak var server: SoakServer?
  var listener: Listener?

  func listener(_ listener: Listener, handlerFor address: SocketAddress) -> any ConnectionHandler {
    Echoing(server: server)
  }

  func listener(
    _ listener: Listener, refused reason: ConnectionCensus.Refusal, from address: SocketAddress?
  ) {
    server?.note { $0.refused += 1 }
  }
}

/// Echoes whole messages.
private final class Echoing: ConnectionHandler, StreamHandler {
  private weak var server: SoakServer?

  init(server: SoakServer?) { self.server = server }

  func connection(
    _ connection: Connection, opened stream: Stream, head: OpenHeadView,
    message: UnsafeRawBufferPointer?, end: Bool
  ) {
    server?.note { $0.opened += 1 }
    guard let message, end else {
      stream.handler = self
      return
    }
    stream.finish(count: message.count) { $0.copyMemory(from: message) }
  }

  func connectionClosed(_ connection: Connection, reason: String) {
    server?.note { $0.closed += 1 }
  }

  func stream(_ stream: Stream, message: UnsafeRawBufferPointer) {
    stream.consumed(message.count)
  }

  func streamEnded(_ stream: Stream) { stream.finish(.ok) }

  func streamReset(_ stream: Stream, code: ResetCode) { stream.reset(code) }
}
