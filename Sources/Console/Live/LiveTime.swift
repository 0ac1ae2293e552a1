package import Messages

/// The time that a feed lives by.
package struct LiveTime: Sendable {
  /// Throws when the task is cancelled.
  package let sleep: @Sendable (Duration) async throws -> Void
  package let now: @Sendable () -> Timestamp

  package init(
    sleep: @escaping @Sendable (Duration) async throws -> Void,
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.sleep = sleep
    self.now = now
  }
}
