import Hummingbird

/// Writes a feed's events to one page, as fast as the page takes them.
struct EventStream: Sendable {
  /// The page took nothing for too long.
  struct Stalled: Error {}

  /// How long the browser waits before it connects again.
  private static let retryDelay = Duration.seconds(1)

  let follower: LiveHub.Follower
  /// What the page has seen.
  let cursor: LiveCursor?
  /// Counts as a use of the session.
  let isSignedIn: @Sendable () -> Bool
  /// A page that takes nothing for so long is cut off.
  var stall = ConsoleLimits.writeStall

  /// Until the feed ends, the page goes or takes nothing for too long.
  func write(to page: PageWriter) async throws {
    try await withThrowingTaskGroup { group in
      group.addTask { try await self.writeEvents(to: page) }
      group.addTask {
        while !page.isStalled(for: stall) { try await Task.sleep(for: stall / 4) }
        throw Stalled()
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func writeEvents(to page: PageWriter) async throws {
    let feed = follower.feed
    var cursor = cursor
    try await page.write(ServerSentEvent.retry(Self.retryDelay))
    for await signal in follower.subscription.signals {
      if signal == .beat, !isSignedIn() {
        try await page.write(LiveEnding.signedOut.event.encoded)
        return try await page.finish()
      }
      if let changes = feed.changes(after: cursor) {
        cursor = changes.cursor
        try await page.write(changes.event.encoded)
        try await Task.sleep(for: ConsoleLimits.flushInterval)
      } else if signal == .beat {
        try await page.write(ServerSentEvent.heartbeat)
      }
    }
    if let ending = feed.ending { try await page.write(ending.event.encoded) }
    try await page.finish()
  }
}
