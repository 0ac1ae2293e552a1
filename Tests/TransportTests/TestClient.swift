import Cryptography
import EventLoop
import Synchronization
import TestSupport
@_spi(Frames) import Wire

@testable import Transport

/// A client's connection on a loop of its own.
final class TestClient: @unchecked Sendable {
  // @unchecked: `mutex` guards the log; `connection` is set before `connect` returns and used on
  // the loop.
  struct Log {
    var established = false
    var settled = false
    var draining = 0
    var closed: String?
  }

  let loop: EventLoop
  private let mutex = Mutex(Log())
  private(set) var connection: Connection!

  var log: Log { mutex.withLock { $0 } }

  private init(loop: EventLoop) { self.loop = loop }

  /// Connects and waits for the server's SETTINGS, or for the end.
  static func connect(
    to server: TestServer, limits: TransportLimits = TransportLimits(), certificate: String? = nil
  ) async throws -> TestClient {
    let tls = try TLSContext.client(
      authority: server.made.authority,
      certificateChain: certificate.map(server.made.certificate),
      privateKey: certificate.map(server.made.key))
    let client = TestClient(loop: try EventLoop.start(name: "client"))
    let address = server.address
    try await client.loop.run {
      let context = TransportContext(loop: client.loop, tls: tls, limits: limits)
      client.connection = try Connection.connect(
        to: address, serverName: "localhost", context: context, handler: client)
    }
    try await eventually("the connection") { client.log.settled || client.log.closed != nil }
    return client
  }

  /// The same over a non-blocking socket that is connected. Waits for nothing.
  static func begin(
    owning descriptor: Int32, authority: String, limits: TransportLimits
  ) async throws -> TestClient {
    let tls = try TLSContext.client(authority: authority)
    let client = TestClient(loop: try EventLoop.start(name: "client"))
    try await client.loop.run {
      let context = TransportContext(loop: client.loop, tls: tls, limits: limits)
      client.connection = try Connection.connect(
        owning: descriptor, to: .loopback(port: 1), serverName: "localhost", context: context,
        handler: client)
    }
    return client
  }

  func stop() async {
    await loop.run { [self] in connection.terminate("stopped") }
    await loop.shutdown()
  }

  /// Runs `body` with the connection, on its loop.
  func run<R: Sendable>(_ body: @escaping @Sendable (Connection) throws -> R) async throws -> R {
    try await loop.run { [self] in try body(connection) }
  }

  /// Opens a stream whose first message is `message`.
  func open(
    _ method: String, _ message: [UInt8]? = nil, end: Bool = false, metadata: Metadata = Metadata(),
    consumes: Bool = true
  ) async throws -> TestCall {
    try await run { connection in
      let call = TestCall(loop: connection.loop, consumes: consumes)
      call.stream = try connection.open(
        OpenHead(method: method, metadata: metadata), handler: call, message: message?.count,
        end: end
      ) { buffer in
        message?.withUnsafeBytes { buffer.copyMemory(from: $0) }
      }
      return call
    }
  }

  /// A unary call to its end.
  func call(
    _ method: String, _ message: [UInt8] = [], metadata: Metadata = Metadata()
  ) async throws -> TestCall.Result {
    try await open(method, message, end: true, metadata: metadata).end()
  }

  func ping() async throws -> Duration? {
    await withCheckedContinuation { continuation in
      loop.execute { [self] in connection.ping { continuation.resume(returning: $0) } }
    }
  }

  func waitForClose() async throws -> String {
    try await eventually("the close") { log.closed }
  }
}

extension TestClient: ConnectionHandler {
  func connectionEstablished(_ connection: Connection) { mutex.withLock { $0.established = true } }

  func connectionSettled(_ connection: Connection) { mutex.withLock { $0.settled = true } }

  func connectionDraining(_ connection: Connection) { mutex.withLock { $0.draining += 1 } }

  func connectionClosed(_ connection: Connection, reason: String) {
    mutex.withLock { $0.closed = reason }
  }
}

/// One call of a test client.
final class TestCall: StreamHandler, @unchecked Sendable {
  // @unchecked: `mutex` guards the result; `stream` is set on the loop before anything can come.
  struct Result: Sendable {
    var messages: [[UInt8]] = []
    var status: RPCStatus?
    var metadata = Metadata()
    var reset: ResetCode?
    var writable = 0
    var endedAt: ContinuousClock.Instant?

    var hasEnded: Bool { status != nil || reset != nil }
  }

  private let loop: EventLoop
  private let consumes: Bool
  private let mutex = Mutex(Result())
  var stream: Stream!

  init(loop: EventLoop, consumes: Bool) {
    self.loop = loop
    self.consumes = consumes
  }

  var result: Result { mutex.withLock { $0 } }

  /// Waits for the call's end.
  func end() async throws -> Result {
    try await eventually("the call's end", within: .seconds(20)) {
      result.hasEnded ? result : nil
    }
  }

  /// Waits until this many messages came.
  func messages(_ count: Int) async throws -> [[UInt8]] {
    try await eventually("\(count) messages", within: .seconds(20)) {
      result.messages.count >= count ? result.messages : nil
    }
  }

  @discardableResult
  func send(_ message: [UInt8], end: Bool = false) async -> Bool {
    await loop.run { [self] in
      stream.send(count: message.count, end: end) { buffer in
        message.withUnsafeBytes { buffer.copyMemory(from: $0) }
      }
    }
  }

  func on<R: Sendable>(_ body: @escaping @Sendable (Stream) -> R) async -> R {
    await loop.run { [self] in body(stream) }
  }

  func stream(_ stream: Stream, message: UnsafeRawBufferPointer) {
    mutex.withLock { $0.messages.append(Array(message)) }
    if consumes { stream.consumed(message.count) }
  }

  func stream(
    _ stream: Stream, status: RPCStatus, metadata: Metadata, message: UnsafeRawBufferPointer?
  ) {
    mutex.withLock {
      if let message { $0.messages.append(Array(message)) }
      $0.status = status
      $0.endedAt = .now
      $0.metadata = metadata
    }
  }

  func streamReset(_ stream: Stream, code: ResetCode) { mutex.withLock { $0.reset = code } }

  func streamWritable(_ stream: Stream) { mutex.withLock { $0.writable += 1 } }
}
