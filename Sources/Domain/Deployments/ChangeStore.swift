/// The changes of deployments and clusters as a feed that misses none, whatever order transactions
/// commit in: each row carries the id of the transaction that wrote it, and a cursor says which
/// transactions had not been seen to end when it was taken. A store may return some rows twice.
package protocol ChangeStore: Sendable {
  /// The cursor of now: what commits later is in `changes(since:)`.
  func currentCursor() async throws(DomainError) -> ChangeCursor
  /// Changes since the cursor, at most `limit` events, in the order of their sequence. When
  /// `isMore`, ask again with `next` at once.
  func changes(since cursor: ChangeCursor, limit: Int) async throws(DomainError) -> ChangeBatch
}

package struct ChangeCursor: Sendable, Equatable {
  /// Transactions from this one on may not have been seen.
  package let transaction: UInt64
  /// Within `transaction`'s window, events up to this sequence were delivered already.
  package let sequence: Int64
  /// What else the store notes, opaque to others: PostgreSQL's snapshots, by which it returns each
  /// row once.
  package let snapshot: String

  package init(transaction: UInt64, sequence: Int64 = 0, snapshot: String = "") {
    self.transaction = transaction
    self.sequence = sequence
    self.snapshot = snapshot
  }
}

package struct ChangeBatch: Sendable {
  /// An event with its deployment as it is now (which may be further on).
  package struct Change: Sendable, Equatable {
    package let event: DeploymentEvent
    package let deployment: Deployment

    package init(event: DeploymentEvent, deployment: Deployment) {
      self.event = event
      self.deployment = deployment
    }
  }

  package var changes: [Change]
  /// Clusters that were made or whose capacity changed.
  package var clusters: [Cluster]
  package var next: ChangeCursor
  package var isMore: Bool
  /// Of organizations whose quota changed.
  package var quotas: [OrganizationQuota]

  package init(
    changes: [Change], clusters: [Cluster], next: ChangeCursor, isMore: Bool,
    quotas: [OrganizationQuota] = []
  ) {
    self.changes = changes
    self.clusters = clusters
    self.next = next
    self.isMore = isMore
    self.quotas = quotas
  }
}
