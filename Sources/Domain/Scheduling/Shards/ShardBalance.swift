/// How many shards a replica leads: as many as every other, the older replicas one more where it
/// does not come out even. A value; correctness never depends on it.
package struct ShardBalance: Sendable, Equatable {
  /// At most so many. At least one, so that with more replicas than shards all stand by for each.
  package let share: Int
  /// Anyone may take these, whatever its share.
  private let abandoned: Set<Int>

  package init(_ roster: SchedulerRoster) {
    let replicas = max(1, roster.replicas)
    let even = roster.shards / replicas
    share = max(1, roster.rank < roster.shards % replicas ? even + 1 : even)
    abandoned = roster.abandoned
  }

  /// Whether a replica that leads or asks for `taken` may ask for another one.
  package func mayTake(_ shard: Int, beside taken: Set<Int>) -> Bool {
    taken.count < share || abandoned.contains(shard)
  }

  /// Which of those that it leads others should have: the last ones.
  package func surplus(of led: Set<Int>) -> [Int] {
    led.count > share ? Array(led.sorted()[share...]) : []
  }
}
