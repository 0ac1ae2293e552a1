import EventLoop
import Logging
import Messages
import Transport
import Wire

/// What a server has on one loop: its methods made runnable, their arena, deadlines and counts.
/// Confined to the loop, but for the lets.
final class ServerLoop: @unchecked Sendable {
  // @unchecked: confined to its loop; what other threads read is a Sendable let.
  let loop: EventLoop
  let limits: ServerLimits
  let logger: Logger
  let arena = Arena()
  let wheel: DeadlineWheel
  private let interceptors: [any ServerInterceptor]
  private let requestPrefix: String
  private var table = MethodTable([])
  /// Calls that are not over.
  private(set) var admitted = 0
  private var nextNumber: UInt64 = 0
  private var idleWaiters: [UnsafeContinuation<Void, Never>] = []

  /// On any thread; `prepare` follows on the loop.
  init(
    loop: EventLoop, limits: ServerLimits, interceptors: [any ServerInterceptor], logger: Logger,
    requestPrefix: String
  ) {
    self.loop = loop
    self.limits = limits
    self.interceptors = interceptors
    self.logger = logger
    self.requestPrefix = requestPrefix
    wheel = DeadlineWheel(loop: loop)
  }

  func prepare(_ router: Router) {
    table = MethodTable(router.registrations.values.map { $0.makeRunner(self) })
  }

  // MARK: Calls

  /// A client opened a stream; head and message are lent.
  func open(
    _ stream: Stream, on connection: ServerConnection, head: OpenHeadView,
    message: UnsafeRawBufferPointer?, end: Bool
  ) {
    guard let runner = table.runner(head.method) else {
      let problem = table.problem(head.methodName)
      logger.debug("unknown method", metadata: ["problem": "\(problem)"])
      return stream.finish(RPCStatus(.unimplemented, problem))
    }
    guard connection.running < limits.runningHandlers, admitted < limits.admittedCalls else {
      return stream.reset(.refused)
    }
    admitted += 1
    nextNumber += 1
    let now = loop.nanoseconds
    let call = ServerCall(
      connection: connection, stream: stream, method: runner.method, head: head,
      number: nextNumber, startNanoseconds: now,
      deadlineNanoseconds: deadline(head, isUnary: runner.isUnary, now: now))
    connection.running += 1
    if call.deadlineNanoseconds != .max { wheel.insert(call) }
    if let rejection = admit(call, from: 0) { return call.fail(rejection) }
    runner.begin(call, message: message, end: end)
  }

  private func deadline(_ head: OpenHeadView, isUnary: Bool, now: UInt64) -> UInt64 {
    let (standard, longest) =
      isUnary
      ? (limits.unaryDeadline, limits.longestUnaryDeadline)
      : (limits.streamingDeadline, limits.longestStreamingDeadline)
    var timeout = standard?.clampedNanoseconds ?? .max
    if head.timeoutMicroseconds > 0 {
      let (nanoseconds, overflow) =
        head.timeoutMicroseconds.multipliedReportingOverflow(by: 1_000)
      timeout = overflow ? .max : nanoseconds
    }
    if let longest { timeout = min(timeout, longest.clampedNanoseconds) }
    let (deadline, overflow) = now.addingReportingOverflow(timeout)
    return overflow ? .max : deadline
  }

  /// Asks the interceptors from `first` on; returns the status of the one that rejects. One that
  /// has to wait is left in `call.pendingAdmission`.
  private func admit(_ call: ServerCall, from first: Int) -> RPCStatus? {
    let context = CallContext(call)
    var index = first
    while index < interceptors.count {
      switch interceptors[index].begin(context) {
      case .proceed:
        index += 1
      case .reject(let status):
        return status
      case .pending(let work):
        call.pendingAdmission = PendingAdmission(work: work, nextInterceptor: index + 1)
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
      if let rejection = admit(call, from: pending.nextInterceptor) { throw rejection }
    }
  }

  func ended(_ call: ServerCall, _ code: StatusCode) {
    admitted -= 1
    if !interceptors.isEmpty {
      // The clock of the turn is behind for a call that began in it, not before.
      let now = max(MonotonicClock.nanoseconds(), call.startNanoseconds)
      let outcome = CallOutcome(
        code: code,
        duration: .nanoseconds(Int64(clamping: now - call.startNanoseconds)))
      for interceptor in interceptors { interceptor.end(CallContext(call), outcome) }
    }
    if admitted == 0, !idleWaiters.isEmpty { resumeIdleWaiters() }
  }

  /// The caller's own id, if it is one that may stand in a log; else the server's random prefix,
  /// the loop and the number of the call.
  func requestID(of call: ServerCall) -> String {
    if let own = call.metadata["x-request-id"], Self.isRequestID(own) { return own }
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

  // MARK: Ending

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
    let runners = table.runners
    table = MethodTable([])
    for runner in runners { runner.stop() }
  }
}
