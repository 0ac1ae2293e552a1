/// Lets a few tests at a time have a database: all at once would use up its connections.
actor FixtureGate {
  static let shared = FixtureGate(places: 4)

  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(places: Int) { free = places }

  /// Runs `body` when there is a place.
  func pass<R: Sendable>(_ body: @Sendable () async throws -> R) async throws -> R {
    if free > 0 { free -= 1 } else { await withCheckedContinuation { waiting.append($0) } }
    defer { if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() } }
    return try await body()
  }
}
