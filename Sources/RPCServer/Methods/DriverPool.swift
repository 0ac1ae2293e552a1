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

  /// Puts a call in line. `run` follows before what its request lends is gone.
  func add(_ call: ServerCall, _ request: RequestBytes, by runner: UnaryRunner) {
    line.append(Driver.Next(call: call, request: request, runner: runner))
  }

  /// Runs the calls in line, each up to its handler's first suspension. Not from a task.
  func run() {
    while !line.isEmpty {
      guard !isStopping else { return line.removeAll() }
      loop.runNow { resume(nil) }
    }
  }

  /// Makes a driver ready that begins with `next`.
  private func resume(_ next: Driver.Next?) {
    if let driver = parked.popLast() {
      driver.next = next
      driver.wake()
    } else {
      let driver = Driver(next: next) { driver in loop.spawn { await self.drive(driver) } }
      drivers[ObjectIdentifier(driver)] = driver
    }
  }

  private func drive(_ driver: Driver) async {
    while true {
      while let next = driver.takeNext() ?? line.popFirst() {
        await serve(next, driver)
        let held = next.runner.ended()
        if driver.isSpent {
          if let held { resume(held) }
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

  private func serve(_ next: Driver.Next, _ driver: Driver) async {
    let call = next.call
    // Reset, or past its deadline, while it waited.
    guard call.phase == .queued else { return }
    call.phase = .running
    call.work = .driver(driver)
    driver.beginCall(call)
    if await isAdmitted(call) {
      call.returnCredit()
      do throws(RPCStatus) {
        try await next.runner.body(next.request, CallContext(call))
      } catch {
        call.fail(error)
      }
    }
    call.work = .none
    driver.endCall()
  }

  /// Waits for the interceptors that have to wait. False: one of them rejected the call.
  private func isAdmitted(_ call: ServerCall) async -> Bool {
    guard call.pendingAdmission != nil else { return true }
    do throws(RPCStatus) {
      try await call.server.finishAdmission(call)
      return true
    } catch {
      call.fail(error)
      return false
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
