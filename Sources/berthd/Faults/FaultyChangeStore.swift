import Domain

/// The change feed's store with failpoints around its reads.
struct FaultyChangeStore: ChangeStore {
  let store: any ChangeStore
  let points: Failpoints

  func currentCursor() async throws(DomainError) -> ChangeCursor { try await store.currentCursor() }

  func changes(
    since cursor: ChangeCursor, limit: Int
  ) async throws(DomainError) -> ChangeBatch {
    try await points.around(.feedBefore, .feedAfter) { () async throws(DomainError) in
      try await store.changes(since: cursor, limit: limit)
    }
  }
}
