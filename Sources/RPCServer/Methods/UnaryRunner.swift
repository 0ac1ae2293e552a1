import DequeModule
import EventLoop
import Messages
import Transport
import Wire

/// Runs the unary calls of one method: decoded requests wait in a ring, and a few long-lived tasks
/// on the loop, the drivers, take them from it. Confined to its loop.
///
/// While the ring holds something at least one driver is on its way to it: a driver that takes a
/// request and leaves others wakes the next one. If its handler does not suspend it takes those
/// itself and the other finds nothing; if it does, the other is there. So a batch of calls that
/// need no suspension costs one wake-up more than none, and no call waits for another's database.
final class UnaryRunner<Request: Message, Response: Message>: MethodRunner, RequestSink,
  @unchecked Sendable
{
  // @unchecked: confined to its loop, like its superclass.
  typealias Handler = @Sendable (Request, CallContext) async throws(RPCStatus) -> Response

  private enum Payload {
    case decoded(Request)
    /// Not decoded before the caller is known to be allowed.
    case encoded([UInt8])
  }

  private struct Item {
    let call: ServerCall
    let payload: Payload
  }

  private let handler: Handler
  /// Bounded by `ServerLimits.admittedCalls`.
  private var ring: Deque<Item> = []
  private var parked: [Driver] = []
  private var drivers: [ObjectIdentifier: Driver] = [:]
  /// Drivers that were woken or started and do not run yet.
  private var onTheWay = 0
  private var isStopping = false

  init(method: MethodDescriptor, loop: ServerLoop, handler: @escaping Handler) {
    self.handler = handler
    super.init(method: method, loop: loop)
  }

  override func begin(_ call: ServerCall, message: UnsafeRawBufferPointer?, end: Bool) {
    guard end else {
      call.sink = self
      call.stream.handler = call
      if let message { call.partial = Array(message) }
      return
    }
    guard let message else { return call.fail(Self.needsOne) }
    enqueue(call, message)
    call.stream.handler = call
  }

  /// Takes the whole request of a call, lent.
  private func enqueue(_ call: ServerCall, _ message: UnsafeRawBufferPointer) {
    if call.pendingAdmission == nil {
      guard let request = decode(message, of: call) else { return }
      enqueue(Item(call: call, payload: .decoded(request)))
    } else {
      enqueue(Item(call: call, payload: .encoded(Array(message))))
    }
  }

  private static var needsOne: RPCStatus {
    RPCStatus(.invalidArgument, "a unary call takes exactly one message")
  }

  /// Nil where the bytes are no request: the call is answered then.
  private func decode(_ message: UnsafeRawBufferPointer, of call: ServerCall) -> Request? {
    do throws(MessageError) {
      return try Request(decoding: message, in: loop.arena)
    } catch {
      call.fail(RPCStatus(error))
      return nil
    }
  }

  // MARK: A request that did not come whole with its OPEN

  func receive(_ message: UnsafeRawBufferPointer, of call: ServerCall) {
    guard call.phase == .receiving else { return call.stream.consumed(message.count) }
    guard call.partial == nil else { return call.fail(Self.needsOne) }
    if call.pendingAdmission == nil, call.stream.peerHasEnded {
      enqueue(call, message)
      return call.stream.consumed(message.count)
    }
    // Its credit goes back when it is decoded, or with the stream: until then the connection's
    // window bounds what a caller has us keep.
    call.partial = Array(message)
    call.owedCredit = message.count
  }

  func end(of call: ServerCall) {
    guard call.phase == .receiving else { return }
    guard let bytes = call.partial else { return call.fail(Self.needsOne) }
    call.partial = nil
    enqueue(Item(call: call, payload: .encoded(bytes)))
  }

  func fail(_ status: RPCStatus) {}

  // MARK: Drivers

  private func enqueue(_ item: Item) {
    item.call.phase = .queued
    ring.append(item)
    wakeDriver()
  }

  private func wakeDriver() {
    guard onTheWay == 0, !isStopping else { return }
    if let driver = parked.popLast() {
      onTheWay += 1
      driver.wake()
    } else if drivers.count < loop.limits.drivers {
      onTheWay += 1
      let driver = Driver()
      drivers[ObjectIdentifier(driver)] = driver
      driver.task = loop.loop.spawn { await self.drive(driver) }
    }
  }

  private func drive(_ driver: Driver) async {
    onTheWay -= 1
    while !isStopping {
      while let item = ring.popFirst() {
        if !ring.isEmpty { wakeDriver() }
        await run(item, driver)
        if driver.isCancelled { break }
      }
      if driver.isCancelled || isStopping { break }
      await park(driver)
      onTheWay -= 1
    }
    drivers[ObjectIdentifier(driver)] = nil
    if !ring.isEmpty { wakeDriver() }
  }

  private func park(_ driver: Driver) async {
    await withUnsafeContinuation { continuation in
      driver.continuation = continuation
      parked.append(driver)
    }
  }

  private func run(_ item: Item, _ driver: Driver) async {
    let call = item.call
    // Reset, or past its deadline, while it waited.
    guard call.phase == .queued else { return }
    call.phase = .running
    call.work = .driver(driver)
    defer { call.work = .none }
    do throws(RPCStatus) {
      let request: Request
      switch item.payload {
      case .decoded(let value):
        request = value
      case .encoded(let bytes):
        try await loop.finishAdmission(call)
        guard let value = bytes.withUnsafeBytes({ decode($0, of: call) }) else { return }
        request = value
        call.returnCredit()
      }
      guard let scope = call.scope else { return await answer(request, call) }
      await CallScope.$current.withValue(scope) { await answer(request, call) }
    } catch {
      call.fail(error)
    }
  }

  private func answer(_ request: Request, _ call: ServerCall) async {
    do throws(RPCStatus) {
      let response = try await handler(request, CallContext(call))
      if !call.replyAtOnce(response) { await call.reply(response) }
    } catch {
      call.fail(error)
    }
  }

  override func stop() {
    isStopping = true
    let waiting = parked
    parked = []
    for driver in waiting {
      onTheWay += 1
      driver.wake()
    }
  }
}
