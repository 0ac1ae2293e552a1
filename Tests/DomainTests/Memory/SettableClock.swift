import Domain
import Synchronization

/// A wall clock that stands until it is moved.
final class SettableClock: WallClock {
  private let time: Mutex<Instant>

  init(_ start: Instant = Instant(microseconds: 1_700_000_000_000_000)) {
    time = Mutex(start)
  }

  func now() -> Instant { time.withLock { $0 } }
  func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}
