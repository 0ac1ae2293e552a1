import Console
import Messages
import Synchronization
import TestSupport

/// Time that stands still until a test moves it.
final class ManualTime: Sendable {
  private struct Sleeper {
    let due: Duration
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now = Duration.zero
    var lastName = 0
    var sleepers: [Int: Sleeper] = [:]
  }

  private let state = Mutex(State())

  var live: LiveTime {
    LiveTime(
      sleep: { try await self.sleep($0) },
      now: { Timestamp(microseconds: Int64(self.state.withLock { $0.now } / .microseconds(1))) })
  }

  /// How many wait for time to pass.
  var sleepers: Int { state.withLock { $0.sleepers.count } }

  func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now += duration
      let due = state.sleepers.filter { $0.value.due <= state.now }
      for name in due.keys { state.sleepers[name] = nil }
      return due.values.sorted { $0.due < $1.due }
    }
    for sleeper in due { sleeper.continuation.resume() }
  }

  /// Moves on in steps until the condition holds.
  func advance(
    until what: String, by step: Duration = .milliseconds(100), _ condition: () -> Bool
  ) async throws {
    try await eventually(what, within: .seconds(20)) {
      if condition() { return true }
      advance(by: step)
      return condition()
    }
  }

  private func sleep(_ duration: Duration) async throws {
    let name = state.withLock { state in
      state.lastName += 1
      return state.lastName
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isCancelled = state.withLock { state in
          if Task.isCancelled { return true }
          state.sleepers[name] = Sleeper(due: state.now + duration, continuation: continuation)
          return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      state.withLock { $0.sleepers.removeValue(forKey: name) }?.continuation
        .resume(throwing: CancellationError())
    }
  }
}
