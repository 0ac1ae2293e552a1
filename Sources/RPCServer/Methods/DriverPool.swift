import DequeModule
import EventLoop
import Wire

/// Runs the unary calls of a loop in a few long-lived tasks, the drivers. Confined to its loop.
///
/// Calls wait in line only while the frames of one read are looked at. Then a driver is resumed on
/// the spot and takes one after the other: it decodes the request from where the transport has it
/// and runs the handler. When one suspends, it keeps that driver, and another goes on with the
/// line. So a call that needs no suspension costs no task and no copy of its request, and no call
/// waits for another's database.
final class DriverPool: @unchecked Sendable {
  // @unchecked: confined to its loop.
  private let loop: EventLoop
  /// Bounded by `ServerLimits.admittedCalls`.
  @exclusivity(unchecked) private var line: Deque<Driver.Next> = []
  @exclusivity(unchecked) private var parked: ContiguousArray<Driver> = []
  /// All of them. Bounded by `ServerLimits.admittedCalls`: each is parked or has a call.
  @exclusivity(unchecked) private var drivers: [ObjectIdentifier: Driver] = [:]
  @exclusivity(unchecked) private var isStopping = false

  init(loop: EventLoop) { self.loop = loop }

  /// Puts a call in line. `run` follows before what is lent is gone.
  func add(_ call: ServerCall, _ request: UnsafeRawBufferPointer?) {
    line.append(Driver.Next(call: call, request: request))
  }

  /// Runs the calls in line, each up to its handler's first suspension. Not from a task.
  func run() {
    while !line.isEmpty {
      guard !isStopping else { return line.removeAll() }
      var driver = parked.popLast()
      loop.runNow {
        if let driver { driver.wake() } else { driver = start(nil) }
      }
      // It is suspended within a call, or parked.
      driver?.call?.startTiming()
    }
  }

  private func start(_ next: Driver.Next?) -> Driver {
    let driver = Driver(next: next) { driver in loop.spawn { await self.drive(driver) } }
    drivers[ObjectIdentifier(driver)] = driver
    return driver
  }

  private func drive(_ driver: Driver) async {
    while true {
      while let next = driver.takeNext() ?? line.popFirst() {
        let call = next.call
        // unsafe: only a unary runner adds calls.
        let runner = unsafeDowncast(call.runner, to: UnaryRunner.self)
        // Else it was reset, or passed its deadline, while it waited.
        if call.phase == .queued {
          call.phase = .running
          call.work = .driver(driver)
          driver.beginCall(call)
          do throws(RPCStatus) {
            if call.pendingAdmission != nil { try await call.server.finishAdmission(call) }
            try await runner.body(next.request, CallContext(call))
          } catch {
            call.fail(error)
          }
          call.work = .none
          driver.endCall()
        }
        let held = runner.ended()
        if driver.isSpent {
          if let held { _ = start(held) }
          break
        }
        driver.next = held
      }
      if driver.isSpent || isStopping { break }
      await park(driver)
    }
    drivers[ObjectIdentifier(driver)] = nil
  }

  private func park(_ driver: Driver) async {
    await withUnsafeContinuation { continuation in
      driver.continuation = continuation
      parked.append(driver)
    }
  }

  /// Ends the drivers. No call comes any more.
  func stop() {
    isStopping = true
    let waiting = parked
    parked = []
    for driver in waiting { driver.wake() }
  }
}
