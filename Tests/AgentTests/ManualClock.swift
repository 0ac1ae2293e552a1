import ContainerEngine
import Synchronization

/// A clock that stands still until a test moves it.
final class ManualClock: Clock, EngineClock {
  struct Instant: InstantProtocol {
    var offset: Duration
    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct Sleeper {
    var due: Instant
    var continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now = Instant(offset: .seconds(1_700_000_000))
    var nextName: UInt64 = 0
    var sleepers: [UInt64: Sleeper] = [:]
  }

  private let state = Mutex(State())

  var now: Instant { state.withLock { $0.now } }
  var minimumResolution: Duration { .nanoseconds(1) }
  var milliseconds: Int64 {
    let (seconds, attoseconds) = now.offset.components
    return seconds * 1000 + attoseconds / 1_000_000_000_000_000
  }

  var sleepers: Int { state.withLock { $0.sleepers.count } }

  func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      let due = state.sleepers.filter { $0.value.due <= state.now }
      for name in due.keys { state.sleepers[name] = nil }
      return due.values.sorted { $0.due < $1.due }
    }
    for sleeper in due { sleeper.continuation.resume() }
  }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let name = state.withLock { state in
      state.nextName += 1
      return state.nextName
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome: Result<Void, any Error>? = state.withLock { state in
          if Task.isCancelled { return .failure(CancellationError()) }
          if deadline <= state.now { return .success(()) }
          state.sleepers[name] = Sleeper(due: deadline, continuation: continuation)
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      state.withLock { $0.sleepers.removeValue(forKey: name) }?.continuation
        .resume(throwing: CancellationError())
    }
  }

  func sleep(until milliseconds: Int64) async throws(CancellationError) {
    do {
      try await sleep(until: Instant(offset: .milliseconds(milliseconds)), tolerance: nil)
    } catch {
      throw CancellationError()
    }
  }
}
