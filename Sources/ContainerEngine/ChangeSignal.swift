import Synchronization

/// Tells waiting tasks that something changed. A change between looking and waiting is not missed:
/// the waiter names the generation it looked at.
package final class ChangeSignal: Sendable {
  private struct State {
    var generation: UInt64 = 0
    var nextWaiter: UInt64 = 0
    /// At most one for each task that follows events or output.
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// Which change was the last one.
  package var generation: UInt64 { state.withLock { $0.generation } }

  /// Wakes everyone that waits.
  package func raise() {
    let waiters = state.withLock { state in
      state.generation &+= 1
      defer { state.waiters.removeAll() }
      return state.waiters
    }
    for waiter in waiters.values { waiter.resume() }
  }

  /// Returns when there was a change after that generation, or when the task is cancelled.
  package func wait(after generation: UInt64) async {
    let name = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDue = state.withLock { state in
          guard state.generation == generation, !Task.isCancelled else { return true }
          state.waiters[name] = continuation
          return false
        }
        if isDue { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: name) }?.resume()
    }
  }
}
