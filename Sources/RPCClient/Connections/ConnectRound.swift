import EventLoop

/// How far `pickFirst` is on its way through the addresses.
struct ConnectRound {
  /// The place of the next address to try.
  var next = 0
  /// Fires when the attempts under way have had long enough to themselves.
  var stagger: TimerID?
}
