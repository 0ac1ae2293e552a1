import Synchronization

/// Wakes one waiting task. A raise while nobody waits is kept, so none is lost between looking and
/// waiting; several become one.
package final class WakeUp: Sendable {
  private struct State {
    var isRaised = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state: Mutex<State>

  package init(raised: Bool = false) {
    state = Mutex(State(isRaised: raised))
  }

  package func raise() {
    let waiter = state.withLock { state in
      let waiter = state.waiter.take()
      if waiter == nil { state.isRaised = true }
      return waiter
    }
    waiter?.resume()
  }

  /// Returns when raised, at once if that was before, or when its task is cancelled. One task at a
  /// time.
  package func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          precondition(state.waiter == nil, "one task at a time waits")
          if state.isRaised || Task.isCancelled {
            state.isRaised = false
            return true
          }
          state.waiter = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiter.take() }?.resume()
    }
  }

  /// Returns when raised, after `limit`, or when its task is cancelled.
  package func wait(atMost limit: Duration, sleeper: some Sleeper) async {
    guard limit > .zero else {
      state.withLock { $0.isRaised = false }
      return
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait() }
      group.addTask { try? await sleeper.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
  }
}
