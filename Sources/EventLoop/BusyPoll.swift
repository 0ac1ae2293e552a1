/// When a loop asks for its next event again and again before it sleeps: while one descriptor alone
/// brings event after event, each within `limit` of the last turn. That is somebody who asks, waits
/// for the answer and asks again, and waits each time for a thread to wake up. With two who take
/// turns, or pauses, the loop sleeps as ever.
struct BusyPoll {
  /// Nanoseconds that a loop asks for at most; 0: it sleeps at once.
  let limit: UInt64
  /// The only one that the last turn had an event of.
  private var token: UInt64?
  private var streak = 0

  init(limit: UInt64) { self.limit = limit }

  /// Whether it matters how long the next event takes.
  var isTiming: Bool { limit > 0 && token != nil }

  var isDue: Bool { streak >= Limits.busyPollStreak }

  /// A turn's events: the token of a single one. `waited` is counted if `isTiming` was true.
  mutating func turned(only token: UInt64?, waited: UInt64) {
    let goesOn = token != nil && token == self.token && waited <= limit
    streak = goesOn ? min(streak + 1, Limits.busyPollStreak) : 0
    self.token = token
  }
}
