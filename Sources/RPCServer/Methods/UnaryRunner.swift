import DequeModule
import Messages
import Transport
import Wire

/// Runs the unary calls of one method, by the drivers of its loop. Confined to its loop.
///
/// At most `ServerLimits.drivers` of them run at a time, so that the calls of a method that waits
/// for something slow leave drivers to the others; those over it are held in order.
final class UnaryRunner: MethodRunner, RequestSink, @unchecked Sendable {
  // @unchecked: confined to its loop, like its superclass.
  /// Runs calls of the method that a driver has, one after the other.
  typealias Body = @Sendable (Driver) async -> Void

  let body: Body
  /// Calls that drivers have.
  @exclusivity(unchecked) private var running = 0
  /// Bounded by `ServerLimits.admittedCalls`.
  @exclusivity(unchecked) private var held: Deque<Driver.Next> = []

  init(method: MethodDescriptor, loop: ServerLoop, body: @escaping Body) {
    self.body = body
    super.init(method: method, loop: loop)
  }

  deinit {
    for next in held { next.call.release() }
  }

  override func begin(
    owning reference: Unmanaged<ServerCall>, message: UnsafeRawBufferPointer?, end: Bool
  ) {
    if end, let message {
      reference._withUnsafeGuaranteedRef { $0.listen() }
      return add(owning: reference, message)
    }
    let call = reference.takeRetainedValue()
    guard !end else { return call.fail(Self.needsOne) }
    call.sink = self
    call.listen()
    if let message { call.partial = Array(message) }
    call.startTiming()
  }

  private static var needsOne: RPCStatus {
    RPCStatus(.invalidArgument, "a unary call takes exactly one message")
  }

  // MARK: A request that did not come whole with its OPEN

  func receive(_ message: UnsafeRawBufferPointer, of call: ServerCall) {
    guard call.phase == .receiving else { return call.consumed(message.count) }
    guard call.partial == nil else { return call.fail(Self.needsOne) }
    if call.pendingAdmission == nil, call.stream?.peerHasEnded == true {
      add(owning: .passRetained(call), message)
      // It is lent for this call alone.
      loop.drivers.run()
      return call.consumed(message.count)
    }
    // Its credit goes back when it is decoded, or with the stream: until then the connection's
    // window bounds what a caller has us keep.
    call.partial = Array(message)
    call.owedCredit = message.count
  }

  func end(of call: ServerCall) {
    guard call.phase == .receiving else { return }
    guard call.partial != nil else { return call.fail(Self.needsOne) }
    add(owning: .passRetained(call), nil)
  }

  func fail(_ status: RPCStatus) {}

  // MARK: Running

  /// Takes the whole request of a call: lent, or nil where the call keeps it.
  private func add(owning reference: Unmanaged<ServerCall>, _ request: UnsafeRawBufferPointer?) {
    let isHeld = running >= withLoop { $0.limits.drivers }
    let runsSoon = reference._withUnsafeGuaranteedRef { call in
      call.phase = .queued
      guard isHeld || call.pendingAdmission != nil else { return true }
      // Not decoded before its turn, nor before the caller is known to be allowed.
      if let request { call.partial = Array(request) }
      if isHeld { call.startTiming() }
      return false
    }
    let next = Driver.Next(call: reference, request: runsSoon ? request : nil)
    if isHeld {
      held.append(next)
    } else {
      running += 1
      withLoop { $0.drivers.add(next) }
    }
  }

  /// A driver is done with a call of this method: the next of those that were held.
  func ended() -> Driver.Next? {
    while let next = held.popFirst() {
      // One that was given up meanwhile never runs.
      if next.call._withUnsafeGuaranteedRef({ $0.phase == .queued }) { return next }
      next.call.release()
    }
    running -= 1
    return nil
  }
}
