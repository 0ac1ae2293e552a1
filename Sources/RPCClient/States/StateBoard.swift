import Synchronization

/// The state of a channel where every thread may see it, and wait for the next.
final class StateBoard: Sendable {
  private typealias Seen = (state: ChannelState, number: UInt64)
  private typealias Waiter = UnsafeContinuation<Seen?, Never>

  private struct State {
    var current = ChannelState.idle
    /// Counts the changes; the first state is 1.
    var number: UInt64 = 1
    var waiters: [UInt64: Waiter] = [:]
    var cancelled: Set<UInt64> = []
    var nextWaiter: UInt64 = 0
  }

  private let state = Mutex(State())

  var current: ChannelState { state.withLock { $0.current } }

  /// Shows a state; the one that stands already is no change.
  func show(_ next: ChannelState) {
    let (waiters, seen) = state.withLock { state -> ([Waiter], Seen) in
      guard state.current != next else { return ([], (next, 0)) }
      state.current = next
      state.number += 1
      defer { state.waiters = [:] }
      return (Array(state.waiters.values), (next, state.number))
    }
    for waiter in waiters { waiter.resume(returning: seen) }
  }

  /// The latest state once it is another than number `seen`; nil when the task is cancelled.
  func state(after seen: UInt64) async -> (state: ChannelState, number: UInt64)? {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    // A cancellation that came when the answer was on its way leaves nothing behind.
    defer { state.withLock { _ = $0.cancelled.remove(id) } }
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { (waiter: Waiter) in
        let known = state.withLock { state -> Seen?? in
          if state.cancelled.remove(id) != nil { return .some(nil) }
          if state.number > seen { return (state.current, state.number) }
          state.waiters[id] = waiter
          return nil
        }
        if let known { waiter.resume(returning: known) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> Waiter? in
        if let waiter = state.waiters.removeValue(forKey: id) { return waiter }
        state.cancelled.insert(id)
        return nil
      }
      waiter?.resume(returning: nil)
    }
  }
}
