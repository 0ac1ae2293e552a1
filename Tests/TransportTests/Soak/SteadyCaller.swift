import Cryptography
import EventLoop
import Synchronization
import TestSupport
@_spi(Frames) import Wire

@testable import Transport

/// A client that does nothing wrong: a call every two milliseconds, and every so often a new
/// connection, all of them timed.
final class SteadyCaller: @unchecked Sendable {
  // @unchecked: `mutex` guards the record; the rest is touched on the loop alone.
  struct Record {
    var calls: [Duration] = []
    /// From the connect to the first answer.
    var connects: [Duration] = []
    var failures: [String] = []
  }

  private static let pause = Duration.milliseconds(2)
  private static let patience = Duration.seconds(30)

  private let loop: EventLoop
  private let context: TransportContext
  private let address: SocketAddress
  private let callsOfAConnection: Int
  private let mutex = Mutex(Record())
  private var connection: Connection?
  private var began = ContinuousClock.now
  private var callsLeft = 0
  private var isFirst = true
  private var isStopping = false

  var record: Record { mutex.withLock { $0 } }

  /// - Parameter callsOfAConnection: after so many calls it connects anew.
  static func start(
    to server: SoakServer, callsOfAConnection: Int = 50
  ) async throws -> SteadyCaller {
    let loop = try EventLoop.start(name: "caller")
    let tls = try TLSContext.client(authority: server.made.authority)
    let port = server.port
    let caller = await loop.run {
      let caller = SteadyCaller(
        loop: loop, context: TransportContext(loop: loop, tls: tls),
        address: .loopback(port: port), callsOfAConnection: callsOfAConnection)
      caller.connect()
      return caller
    }
    try await caller.waitForCalls(10)
    return caller
  }

  private init(
    loop: EventLoop, context: TransportContext, address: SocketAddress, callsOfAConnection: Int
  ) {
    self.loop = loop
    self.context = context
    self.address = address
    self.callsOfAConnection = callsOfAConnection
  }

  /// Waits for so many more calls; throws when they do not come.
  func waitForCalls(_ count: Int) async throws {
    let before = record.calls.count
    let end = ContinuousClock.now + Self.patience
    while record.calls.count < before + count {
      guard ContinuousClock.now < end else {
        throw DeadlineExceeded(
          "\(count) calls, of which \(record.calls.count - before) came; \(record.failures)",
          after: Self.patience)
      }
      // On the loop's timers: those of the system's own sleep may want a descriptor.
      try await loop.sleep(for: .milliseconds(10))
    }
  }

  func stop() async {
    await loop.run { [self] in
      isStopping = true
      connection?.terminate("stopped")
    }
    await loop.shutdown()
  }

  private func connect() {
    began = .now
    isFirst = true
    callsLeft = callsOfAConnection
    do {
      connection = try Connection.connect(
        to: address, serverName: "localhost", context: context, handler: self)
    } catch {
      fail("\(error)")
    }
  }

  private func call() {
    guard !isStopping, let connection else { return }
    do {
      _ = try connection.open(
        OpenHead(method: "echo"), handler: self, message: 1, end: true
      ) { $0.storeBytes(of: 7, as: UInt8.self) }
    } catch {
      fail("\(error)")
    }
  }

  private func answered() {
    let elapsed = ContinuousClock.now - began
    mutex.withLock {
      if isFirst { $0.connects.append(elapsed) } else { $0.calls.append(elapsed) }
    }
    isFirst = false
    callsLeft -= 1
    _ = loop.schedule(after: Self.pause) { [weak self] in
      guard let self, !isStopping else { return }
      guard callsLeft > 0 else {
        let old = connection
        connection = nil
        old?.close(reason: "enough")
        return connect()
      }
      began = .now
      call()
    }
  }

  private func fail(_ reason: String) {
    guard !isStopping else { return }
    mutex.withLock { $0.failures.append(reason) }
  }
}

extension SteadyCaller: ConnectionHandler, StreamHandler {
  func connectionSettled(_ connection: Connection) { call() }

  func connectionClosed(_ connection: Connection, reason: String) {
    if connection === self.connection { fail("closed: \(reason)") }
  }

  func stream(_ stream: Stream, message: UnsafeRawBufferPointer) {}

  func stream(
    _ stream: Stream, status: RPCStatus, metadata: Metadata, message: UnsafeRawBufferPointer?
  ) {
    if status != .ok || message?.elementsEqual([7]) != true { fail("\(status)") }
    answered()
  }

  func streamReset(_ stream: Stream, code: ResetCode) {
    if stream.connection === connection { fail("reset: \(code)") }
  }
}

extension [Duration] {
  /// The value below which `percent` of them lie.
  func percentile(_ percent: Int) -> Duration {
    let sorted = self.sorted()
    return sorted.isEmpty ? .zero : sorted[Swift.min(count - 1, count * percent / 100)]
  }
}
