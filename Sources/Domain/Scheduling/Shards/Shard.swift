/// One part of the clusters, which has a leader of its own: those whose owners' ids come to
/// `index`. All clusters of an organization are of one shard, so that whoever competes for one
/// competes before one leader.
package struct Shard: Hashable, Sendable, CustomStringConvertible {
  package let index: Int
  /// How many there are; PostgreSQL says it.
  package let count: Int

  /// The only one: everything.
  package static let whole = Shard(0, of: 1)

  package init(_ index: Int, of count: Int) {
    precondition(0 <= index && index < count, "shard \(index) of \(count)")
    self.index = index
    self.count = count
  }

  package var isWhole: Bool { count == 1 }

  package var description: String { "\(index) of \(count)" }

  /// Whether clusters of the organization are of this shard. An id ends in random bits (UUIDv7):
  /// its last 32, modulo the number of shards, deal evenly; `shard_of` in PostgreSQL says the same.
  package func contains(_ organization: OrganizationID) -> Bool {
    Int(UInt32(truncatingIfNeeded: organization.value)) % count == index
  }
}

/// Whose deployments a leader loads.
package enum QueuePart: Sendable, Equatable {
  /// Those of the shard's organizations, and of guests on its clusters.
  case shard(Shard, guests: [OrganizationID])
  case organizations([OrganizationID])
}
