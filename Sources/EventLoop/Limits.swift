/// Every bound of this layer.
enum Limits {
  /// Events taken from the kernel in one turn.
  static let eventsPerTurn = 256
  /// Jobs run before the loop looks at its descriptors again.
  static let jobsPerTurn = 16_384
  /// Cancelled timers kept in the heap before it is rebuilt without them, beside as many live ones.
  static let deadTimers = 1_024
  /// How often the end-of-turn phases are repeated when one of them asks for an earlier one.
  static let turnEndRounds = 4
  /// Events in a row by one descriptor alone, each within the limit, before a loop stays awake for
  /// the next.
  static let busyPollStreak = 16
}
