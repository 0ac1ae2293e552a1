import EventLoop
import Logging
import Messages
import Transport
@_spi(Frames) import Wire

/// What a server has on one loop: its methods made runnable, their arena, deadlines and counts.
/// Confined to the loop, but for the lets.
final class ServerLoop: @unchecked Sendable {
  // @unchecked: confined to its loop; what other threads read is a Sendable let.
  // Unchecked exclusivity, here and in the other classes on a call's way: one thread, and no access
  // to a property calls out while it lasts.
  let loop: EventLoop
  let limits: ServerLimits
  let logger: Logger
  let arena = Arena()
  let wheel: DeadlineWheel
  let catalog: ServerCatalog
  /// The loops of the server, from its start to its end.
  @exclusivity(unchecked) private(set) var siblings: [ServerLoop] = []
  /// The server ends: nothing of it stays.
  @exclusivity(unchecked) private(set) var isEnding = false
  let drivers: DriverPool
  private let interceptors: [any ServerInterceptor]
  /// Those of them that see the phase, in their order.
  @exclusivity(unchecked) private var beginning = InterceptorRow()
  @exclusivity(unchecked) private var ending = InterceptorRow()
  private let requestPrefix: String
  @exclusivity(unchecked) private var table = MethodTable([])
  /// Calls that are not over.
  @exclusivity(unchecked) private(set) var admitted = 0
  @exclusivity(unchecked) private var nextNumber: UInt64 = 0
  /// Connections that are established and not over, by their numbers.
  @exclusivity(unchecked) private(set) var connections: [UInt64: ServerConnection] = [:]
  @exclusivity(unchecked) private(set) var accepted: UInt64 = 0
  @exclusivity(unchecked) private(set) var refusedConnections: UInt64 = 0
  /// Of connections that are over.
  @exclusivity(unchecked) private(set) var pastTraffic = ConnectionTraffic()
  @exclusivity(unchecked) private var idleWaiters: [UnsafeContinuation<Void, Never>] = []

  /// What its metrics interceptor counts, if it has one.
  var metrics: LoopMetrics? {
    ending.first { $0 as? LoopMetrics }
  }

  /// On any thread; `prepare` follows on the loop.
  init(
    loop: EventLoop, limits: ServerLimits, catalog: ServerCatalog,
    interceptors: [any ServerInterceptor], logger: Logger, requestPrefix: String
  ) {
    self.loop = loop
    self.catalog = catalog
    self.limits = limits
    self.interceptors = interceptors
    self.logger = logger
    self.requestPrefix = requestPrefix
    wheel = DeadlineWheel(loop: loop)
    drivers = DriverPool(loop: loop, arena: arena)
  }

  /// - Parameter siblings: all loops of the server, this one too.
  func prepare(siblings: [ServerLoop]) {
    self.siblings = siblings
    let runners = catalog.registrations.enumerated().map { index, registration in
      let runner = registration.makeRunner(self)
      runner.index = index
      return runner
    }
    table = MethodTable(runners)
    let scope = LoopScope(
      index: loop.index, methods: catalog.registrations.map(\.method), loop: loop)
    for interceptor in interceptors.map({ $0.prepared(for: scope) }) {
      if interceptor.phases.contains(.begin) { beginning.append(interceptor) }
      if interceptor.phases.contains(.end) { ending.append(interceptor) }
    }
  }

  // MARK: Calls

  /// A client opened a stream; head and message are lent.
  func open(
    _ stream: Stream, on connection: ServerConnection, head: OpenHeadView,
    message: UnsafeRawBufferPointer?, end: Bool
  ) {
    guard let runner = connection.runner(of: head.method) else {
      let problem = table.problem(head.methodName)
      logger.debug("unknown method", metadata: ["problem": "\(problem)"])
      return stream.finish(RPCStatus(.unimplemented, problem))
    }
    guard connection.running < limits.runningHandlers, admitted < limits.admittedCalls else {
      return stream.reset(.refused)
    }
    admitted += 1
    nextNumber += 1
    let reference = drivers.makeCall(connection: connection, runner: runner)
    let isLetIn = reference._withUnsafeGuaranteedRef { call in
      call.begin(
        streamID: stream.id, head: head, number: nextNumber, startNanoseconds: loop.nanoseconds)
      connection.opened(call)
      guard let rejection = admit(CallContext(call), from: 0) else { return true }
      call.fail(rejection)
      return false
    }
    guard isLetIn else { return reference.release() }
    runner._withUnsafeGuaranteedRef { $0.begin(owning: reference, message: message, end: end) }
  }

  func runner(of path: UnsafeRawBufferPointer) -> MethodRunner? { table.runner(path) }

  /// Asks the interceptors from `first` on; returns the status of the one that rejects. One that
  /// has to wait is left in `call.pendingAdmission`.
  @inline(never)
  private func admit(_ context: CallContext, from first: Int) -> RPCStatus? {
    var index = first
    while index < beginning.count {
      switch beginning.begin(index, context) {
      case .proceed:
        index += 1
      case .reject(let status):
        return status
      case .pending(let work):
        context.call.pendingAdmission = PendingAdmission(work: work, nextInterceptor: index + 1)
        return nil
      }
    }
    return nil
  }

  /// Waits for what `admit` left.
  func finishAdmission(_ call: ServerCall) async throws(RPCStatus) {
    while let pending = call.pendingAdmission {
      call.pendingAdmission = nil
      try await pending.work(CallContext(call))
      // The call may have been cancelled while the interceptor waited.
      if let cancellation = call.cancellation { throw cancellation }
      if let rejection = admit(CallContext(call), from: pending.nextInterceptor) { throw rejection }
    }
  }

  func ended(_ call: ServerCall, _ code: StatusCode) {
    admitted -= 1
    if ending.count > 0 {
      // The clock of the turn is behind for a call that began in it, not before.
      let now = max(MonotonicClock.nanoseconds(), call.startNanoseconds)
      let outcome = CallOutcome(code: code, nanoseconds: now - call.startNanoseconds)
      ending.end(CallContext(call), outcome)
    }
    if admitted == 0, !idleWaiters.isEmpty { resumeIdleWaiters() }
  }

  /// The caller's own id, if it is one that may stand in a log; else the server's random prefix,
  /// the loop and the number of the call.
  func requestID(of call: ServerCall) -> String {
    if let own = call.metadata[CallScope.requestIDKey], Self.isRequestID(own) { return own }
    return "\(requestPrefix)-\(loop.index)-\(String(call.number, radix: 36))"
  }

  private static func isRequestID(_ text: String) -> Bool {
    (1...ServerLimits.requestIDBytes).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
          UInt8(ascii: "."):
          true
        default: false
        }
      }
  }

  // MARK: Connections

  /// Counts a connection whose handshake has ended; returns its number.
  func established(_ connection: ServerConnection) -> UInt64 {
    accepted += 1
    connections[accepted] = connection
    return accepted
  }

  func left(_ connection: ServerConnection) {
    guard connections.removeValue(forKey: connection.number) != nil else { return }
    pastTraffic.add(connection.traffic)
  }

  func refused() { refusedConnections += 1 }

  // MARK: Ending

  /// The server begins to end: calls that end for it say so.
  func beginEnding() { isEnding = true }

  /// Returns when no call is left, or after `timeout`: a handler that ignores its cancellation
  /// does not keep the server. False in that case.
  func untilIdle(timeout: Duration) async -> Bool {
    let timer = loop.schedule(after: timeout) { self.resumeIdleWaiters() }
    defer { loop.cancel(timer) }
    if admitted > 0 {
      await withUnsafeContinuation { idleWaiters.append($0) }
    }
    return admitted == 0
  }

  private func resumeIdleWaiters() {
    let waiting = idleWaiters
    idleWaiters = []
    for continuation in waiting { continuation.resume() }
  }

  /// Ends the drivers. No call comes any more.
  func stop() {
    // They hold each other.
    siblings = []
    drivers.stop()
    wheel.stop()
  }
}
