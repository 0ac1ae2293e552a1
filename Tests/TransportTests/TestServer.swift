import Cryptography
import EventLoop
import Synchronization
import TestSupport
@_spi(Frames) import Wire

@testable import Transport

/// A server on a loop of its own. What a stream does follows from its method:
///
/// - `echo`: the reply is the request; for a stream each message comes back and END ends it
/// - `fail`: NOT_FOUND with a detail and metadata
/// - `hold`: nothing, until `releaseHeld`
/// - `sink`: takes messages, consumes none until `consumeHeld`, never ends
/// - `big/N`: a reply of N bytes
/// - `flood/COUNT/N`: COUNT messages of N bytes, then success
/// - `batch`: the reply is the request, at the end of the turn's reads
/// - `cut`: the same, but the connection ends at once
final class TestServer: @unchecked Sendable {
  // @unchecked: `log` is a Mutex; the rest is touched on the loop alone.
  struct Log {
    var opened: [OpenHead] = []
    var ended = 0
    var messages = 0
    var resets: [ResetCode] = []
    var credentials: [String] = []
    var draining = 0
    var closed: [String] = []
    var refused: [ConnectionCensus.Refusal] = []
    var subjects: [String?] = []
    /// Ends of batches that had something lent.
    var batches = 0
    /// Requests whose streams were gone at the batch's end, as they were then.
    var orphans: [[UInt8]] = []
  }

  let loop: EventLoop
  let census: ConnectionCensus
  let made: TestAuthority
  private let mutex = Mutex(Log())
  private var listener: Listener?
  fileprivate var held: [Stream] = []
  fileprivate var unconsumed: [(Stream, Int)] = []
  private var lent: [(Stream, UnsafeRawBufferPointer)] = []
  private let port = Mutex(UInt16(0))

  var log: Log { mutex.withLock { $0 } }

  fileprivate func note(_ change: (inout Log) -> Void) { mutex.withLock { change(&$0) } }

  var address: SocketAddress { .loopback(port: port.withLock { $0 }) }

  private init(
    loop: EventLoop, made: TestAuthority, listenerLimits: ListenerLimits
  ) {
    self.loop = loop
    self.made = made
    census = ConnectionCensus(limits: listenerLimits)
  }

  static func start(
    limits: TransportLimits = TransportLimits(), listenerLimits: ListenerLimits = ListenerLimits(),
    asksForCertificate: Bool = false
  ) async throws -> TestServer {
    let made = try await TestAuthority.make(["localhost", "agent"])
    let tls = try TLSContext.server(
      certificateChain: made.certificate("localhost"), privateKey: made.key("localhost"),
      clientAuthority: asksForCertificate ? made.authority : nil)
    let server = TestServer(
      loop: try EventLoop.start(name: "server"), made: made, listenerLimits: listenerLimits)
    try await server.loop.run {
      let context = TransportContext(
        loop: server.loop, tls: tls, limits: limits, batchHandler: ServerBatch(server: server))
      let listener = try Listener.start(
        on: .loopback(port: 0), context: context, census: server.census, handler: server)
      server.listener = listener
      server.port.withLock { $0 = listener.address.port }
    }
    return server
  }

  func stop() async {
    await loop.run { [self] in
      listener?.stop()
      for connection in listener?.connections ?? [] { connection.terminate("stopped") }
      listener = nil
      held = []
      unconsumed = []
    }
    await loop.shutdown()
  }

  /// Runs `body` with the server's connections, on its loop.
  func onConnections<R: Sendable>(
    _ body: @escaping @Sendable ([Connection]) -> R
  ) async -> R {
    await loop.run { [self] in body(listener?.connections ?? []) }
  }

  func drain(grace: Duration) async {
    await loop.run { [self] in
      for connection in listener?.connections ?? [] { connection.drain(grace: grace) }
    }
  }

  /// Stops listening and waits for every connection to end.
  func drainListener(grace: Duration) async {
    await withCheckedContinuation { continuation in
      loop.execute { [self] in
        guard let listener else { return continuation.resume() }
        listener.drain(grace: grace) { continuation.resume() }
      }
    }
  }

  func releaseHeld() async {
    await loop.run { [self] in
      for stream in held { stream.finish(.ok) }
      held = []
    }
  }

  func consumeHeld() async {
    await loop.run { [self] in
      for (stream, bytes) in unconsumed { stream.consumed(bytes) }
      unconsumed = []
    }
  }
}

extension TestServer: ListenerHandler {
  func listener(
    _ listener: Listener, handlerFor address: SocketAddress
  ) -> any ConnectionHandler { self }

  func listener(
    _ listener: Listener, refused reason: ConnectionCensus.Refusal, from address: SocketAddress?
  ) {
    note { $0.refused.append(reason) }
  }
}

extension TestServer: ConnectionHandler {
  func connectionEstablished(_ connection: Connection) {
    let subject = connection.peerCertificateSubject
    note { $0.subjects.append(subject) }
  }

  func connection(
    _ connection: Connection, opened stream: Stream, head: OpenHeadView,
    message: UnsafeRawBufferPointer?, end: Bool
  ) {
    let owned = head.owned
    note { $0.opened.append(owned) }
    let parts = owned.method.split(separator: "/")
    switch parts[0] {
    case "echo" where end && message != nil:
      let message = message!
      stream.finish(count: message.count) { $0.copyMemory(from: message) }
    case "echo":
      let handler = Echo(server: self)
      stream.handler = handler
      if let message { handler.echo(stream, message) }
    case "fail":
      stream.finish(
        RPCStatus(.notFound, "no such thing", details: [.retryInfo(delay: .seconds(1))]),
        metadata: ["id": "7"])
    case "big":
      stream.finish(count: Int(parts[1])!) { $0.initializeMemory(as: UInt8.self, repeating: 7) }
    case "batch", "cut":
      lent.append((stream, message!))
      if parts[0] == "cut" { connection.terminate("cut") }
    case "flood":
      let handler = Flood(server: self, left: Int(parts[1])!, bytes: Int(parts[2])!)
      stream.handler = handler
      handler.streamWritable(stream)
    default:
      held.append(stream)
      stream.handler = Sink(server: self)
    }
  }

  func connection(_ connection: Connection, credentials token: UnsafeRawBufferPointer) {
    let text = String(decoding: token, as: UTF8.self)
    note { $0.credentials.append(text) }
  }

  func connectionDraining(_ connection: Connection) { note { $0.draining += 1 } }

  func connectionClosed(_ connection: Connection, reason: String) {
    note { $0.closed.append(reason) }
  }
}

extension TestServer {
  fileprivate func endBatch() {
    guard !lent.isEmpty else { return }
    note { $0.batches += 1 }
    for (stream, message) in lent {
      if stream.isOpen {
        stream.finish(count: message.count) { $0.copyMemory(from: message) }
      } else {
        note { $0.orphans.append(Array(message)) }
      }
    }
    lent = []
  }
}

private final class ServerBatch: ReadBatchHandler {
  private unowned let server: TestServer

  init(server: TestServer) { self.server = server }

  func readBatchEnded() { server.endBatch() }
}

/// What the streams of a test server have in common.
private class ServerStream: StreamHandler {
  let server: TestServer

  init(server: TestServer) { self.server = server }

  func stream(_ stream: Stream, message: UnsafeRawBufferPointer) {
    server.note { $0.messages += 1 }
  }

  func streamEnded(_ stream: Stream) { server.note { $0.ended += 1 } }

  func streamReset(_ stream: Stream, code: ResetCode) {
    server.note { $0.resets.append(code) }
  }

  func streamWritable(_ stream: Stream) {}
}

private final class Echo: ServerStream {
  func echo(_ stream: Stream, _ message: UnsafeRawBufferPointer) {
    server.note { $0.messages += 1 }
    stream.send(count: message.count) { $0.copyMemory(from: message) }
  }

  override func stream(_ stream: Stream, message: UnsafeRawBufferPointer) {
    echo(stream, message)
    stream.consumed(message.count)
  }

  override func streamEnded(_ stream: Stream) {
    super.streamEnded(stream)
    stream.finish(.ok)
  }

  override func streamReset(_ stream: Stream, code: ResetCode) {
    super.streamReset(stream, code: code)
    stream.reset(code)
  }
}

private final class Flood: ServerStream {
  private var left: Int
  private let bytes: Int

  init(server: TestServer, left: Int, bytes: Int) {
    self.left = left
    self.bytes = bytes
    super.init(server: server)
  }

  override func streamWritable(_ stream: Stream) {
    while left > 0, stream.isOpen, stream.isWritable {
      left -= 1
      stream.send(count: bytes) { $0.initializeMemory(as: UInt8.self, repeating: 9) }
      server.note { $0.messages += 1 }
    }
    if left == 0 { stream.finish(.ok) }
  }
}

private final class Sink: ServerStream {
  override func stream(_ stream: Stream, message: UnsafeRawBufferPointer) {
    super.stream(stream, message: message)
    server.unconsumed.append((stream, message.count))
  }
}
