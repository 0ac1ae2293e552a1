/// Who is there to lead, and how many shards there are, by PostgreSQL. Who leads how much follows
/// from it (`ShardBalance`); who may write does not.
package struct SchedulerRoster: Sendable, Equatable {
  package var shards: Int
  /// Replicas that were heard lately, the one that asks included.
  package var replicas: Int
  /// How many of them have a smaller id than the one that asks.
  package var rank: Int
  /// Shards that nobody has led for longer than a lease lasts.
  package var abandoned: Set<Int>

  package init(shards: Int, replicas: Int, rank: Int, abandoned: Set<Int> = []) {
    self.shards = shards
    self.replicas = replicas
    self.rank = rank
    self.abandoned = abandoned
  }
}
