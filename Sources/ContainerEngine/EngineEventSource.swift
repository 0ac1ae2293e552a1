/// One subscription to an engine's events. Belongs to one task.
package protocol EngineEventSource: AnyObject {
  /// The next event; the first is a snapshot. Waits as long as it takes.
  ///
  /// Throws when the engine went away (`unreachable`): subscribe again, with a backoff. Throws
  /// `cancelled` when the task is cancelled.
  func next() async throws(EngineError) -> EngineEvent
}
