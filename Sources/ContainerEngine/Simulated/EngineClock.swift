/// The time that a simulated engine lives by. It outlasts the process, so it is the time of day.
package protocol EngineClock: Sendable {
  /// Milliseconds since 1970.
  var milliseconds: Int64 { get }

  /// Returns at that time, or throws when the task is cancelled.
  func sleep(until milliseconds: Int64) async throws(CancellationError)
}
