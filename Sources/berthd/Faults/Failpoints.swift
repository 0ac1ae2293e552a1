import Domain
import Glibc
import Synchronization

/// Carries out what was ordered for the failpoints as they are reached.
final class Failpoints: Sendable {
  private let orders: [Failpoint: FailpointOrder]
  private let sleeper: any Sleeper
  /// How often each was reached.
  private let times = Mutex<[Failpoint: Int]>([:])

  init(_ orders: [Failpoint: FailpointOrder], sleeper: any Sleeper) {
    self.orders = orders
    self.sleeper = sleeper
  }

  func around<Result, Failure: Error>(
    _ before: Failpoint, _ after: Failpoint, _ body: () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    await reach(before)
    let result = try await body()
    await reach(after)
    return result
  }

  private func reach(_ point: Failpoint) async {
    guard let order = orders[point] else { return }
    let time = times.withLock { times in
      times[point, default: 0] += 1
      return times[point, default: 0]
    }
    guard time >= order.from else { return }
    switch order.action {
    case .sleep(let duration): try? await sleeper.sleep(for: duration)
    // To this very thread, which goes not one step further.
    case .kill where time == order.from:
      tell(point, "kill")
      raise(SIGKILL)
    case .stop where time == order.from:
      tell(point, "stop")
      raise(SIGSTOP)
    case .kill, .stop: return
    }
  }

  /// Not by the logger, which may write later.
  private func tell(_ point: Failpoint, _ what: String) {
    let line = Array("failpoint \(point.rawValue): \(what)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
  }
}
