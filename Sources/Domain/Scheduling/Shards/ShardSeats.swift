import Synchronization

/// What a replica's schedulers lead or ask for, held against its share. A shard is noted before it
/// is asked for, so that schedulers that ask at once do not take more than the share together.
final class ShardSeats: Sendable {
  private struct State {
    /// Nil: no bound.
    var balance: ShardBalance?
    var taken: Set<Int> = []
  }

  private let state = Mutex(State())

  func follow(_ balance: ShardBalance) -> Bool {
    state.withLock { state in
      defer { state.balance = balance }
      return state.balance != balance
    }
  }

  /// True: the shard may be asked for now, and is the caller's until `giveBack`.
  func take(_ shard: Int) -> Bool {
    state.withLock { state in
      guard state.balance?.mayTake(shard, beside: state.taken) ?? true else { return false }
      state.taken.insert(shard)
      return true
    }
  }

  func giveBack(_ shard: Int) {
    _ = state.withLock { $0.taken.remove(shard) }
  }
}
