import DequeModule
import EventLoop
import Messages
import Transport
import Wire

/// Runs the unary calls of a loop in a few long-lived tasks, the drivers. Confined to its loop.
///
/// Calls wait in line only while the frames of a turn's reads are looked at. Then a driver is
/// resumed on the spot and takes one after the other: it decodes the request from where the
/// transport has it and runs the handler. When one suspends, it keeps that driver, and another goes
/// on with the line. So a call that needs no suspension costs no task and no copy of its request,
/// and no call waits for another's database.
final class DriverPool: ReadBatchHandler, @unchecked Sendable {
  // @unchecked: confined to its loop.
  private let loop: EventLoop
  let arena: Arena
  /// Bounded by `ServerLimits.admittedCalls`.
  @exclusivity(unchecked) private var line: Deque<Driver.Next> = []
  @exclusivity(unchecked) private var parked: ContiguousArray<Driver> = []
  /// All of them. Bounded by `ServerLimits.admittedCalls`: each is parked or has a call.
  @exclusivity(unchecked) private var drivers: [ObjectIdentifier: Driver] = [:]
  // unsafe: each is retained by the pool.
  /// Objects of calls that are over, for the next ones. At most `ServerLimits.spareCalls`.
  @exclusivity(unchecked) private var spare: ContiguousArray<Unmanaged<ServerCall>> = []
  @exclusivity(unchecked) private var isStopping = false

  init(loop: EventLoop, arena: Arena) {
    self.loop = loop
    self.arena = arena
  }

  deinit {
    for next in line { next.call.release() }
    dropSpare()
  }

  // MARK: Calls

  /// An object for a call of `runner`, which `ServerCall.begin` fills; retained.
  func makeCall(
    connection: ServerConnection, runner: Unmanaged<MethodRunner>
  ) -> Unmanaged<ServerCall> {
    guard let reference = spare.popLast() else {
      return .passRetained(ServerCall(connection: connection, runner: runner))
    }
    reference._withUnsafeGuaranteedRef { $0.reuse(connection: connection, runner: runner) }
    return reference
  }

  /// Takes what a driver had of a call that is over. `isShared`: somebody else has it, too.
  func recycle(owning reference: Unmanaged<ServerCall>, isShared: Bool) {
    guard !isShared, !isStopping, spare.count < ServerLimits.spareCalls else {
      reference._withUnsafeGuaranteedRef { $0.holdConnection() }
      return reference.release()
    }
    reference._withUnsafeGuaranteedRef { $0.clear() }
    spare.append(reference)
  }

  private func dropSpare() {
    for reference in spare { reference.release() }
    spare = []
  }

  // MARK: The line

  /// Puts a call in line. `run` follows before what is lent is gone.
  func add(_ next: Driver.Next) { line.append(next) }

  /// Takes the first in line: if it is of `runner` and let in, or `runner` is nil.
  func takeFirst(of runner: Unmanaged<MethodRunner>?) -> Driver.Next? {
    guard let first = line.first else { return nil }
    if let runner {
      let isNext = first.call._withUnsafeGuaranteedRef {
        $0.runnerReference.toOpaque() == runner.toOpaque() && $0.pendingAdmission == nil
      }
      guard isNext else { return nil }
    }
    line.removeFirst()
    return first
  }

  // MARK: Drivers

  func readBatchEnded() { run() }

  /// Runs the calls in line, each up to its handler's first suspension. Not from a task.
  func run() {
    while !line.isEmpty {
      guard !isStopping else { return dropLine() }
      var driver = parked.popLast()
      loop.runNow {
        if let driver { driver.wake() } else { driver = start(nil) }
      }
      // It is suspended within a call, or parked.
      driver?.running?.startTiming()
    }
  }

  private func dropLine() {
    while let next = line.popFirst() { next.call.release() }
  }

  /// A new driver, for the call that is held for it, or for the line.
  func start(_ held: Driver.Next?) -> Driver {
    let driver = Driver(held: held, pool: self) { driver in
      loop.spawn { await self.drive(driver) }
    }
    drivers[ObjectIdentifier(driver)] = driver
    return driver
  }

  private func drive(_ driver: Driver) async {
    while true {
      // No reference to the call here: it could not be used again.
      while driver.takeAny() {
        if driver.awaitsAdmission { await driver.finishAdmission() }
        if let body = driver.bodyOfReady { await body(driver) }
      }
      driver.recycle()
      if driver.isSpent || isStopping { break }
      // Not a function of its own: each return to an async function looks up the task's executor.
      await withUnsafeContinuation { continuation in
        driver.continuation = continuation
        parked.append(driver)
      }
    }
    drivers[ObjectIdentifier(driver)] = nil
  }

  /// Ends the drivers. No call comes any more.
  func stop() {
    isStopping = true
    dropSpare()
    let waiting = parked
    parked = []
    for driver in waiting { driver.wake() }
  }
}
