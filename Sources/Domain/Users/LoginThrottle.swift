import Synchronization

/// Slows down guessing of passwords: after `DomainLimits.loginFailures` failed logins of a username
/// within `DomainLimits.loginWindow`, the next has to wait until the window is over. In memory of
/// each replica, so n replicas allow n times as many; names that do not exist count alike, so a
/// refusal tells nothing. Whoever knows a username can make its owner wait: that is the price, and
/// the tokens the owner has go on working. Bounded: past `capacity` names the one whose window
/// began first is forgotten, and pushing it out costs a password hash for every other name.
package final class LoginThrottle: Sendable {
  private struct Attempts {
    var began: Instant
    var count: Int
  }

  private let capacity: Int
  private let attempts = Mutex<[String: Attempts]>([:])

  package init(capacity: Int = DomainLimits.throttledUsernames) {
    self.capacity = capacity
  }

  /// How many usernames are remembered.
  package var count: Int { attempts.withLock { $0.count } }

  /// Counts an attempt as failed until `succeeded` or `abandoned` is called, so that many at once
  /// count too. Throws `.resourceExhausted` when the name has to wait.
  package func begin(_ username: String, now: Instant) throws(DomainError) {
    let wait: Duration? = attempts.withLock { all in
      if let known = all[username], !Self.isOver(known, now: now) {
        guard known.count < DomainLimits.loginFailures else {
          return known.began + DomainLimits.loginWindow - now
        }
        all[username]?.count += 1
        return nil
      }
      if all[username] == nil, all.count >= capacity { Self.makeRoom(in: &all, now: now) }
      all[username] = Attempts(began: now, count: 1)
      return nil
    }
    guard let wait else { return }
    let seconds = max(1, wait.components.seconds)
    throw .resourceExhausted(
      "too many failed logins of this username: try again in \(seconds) seconds")
  }

  package func succeeded(_ username: String) {
    attempts.withLock { $0[username] = nil }
  }

  /// The password was not looked at: the attempt does not count.
  package func abandoned(_ username: String) {
    attempts.withLock { all in
      guard let known = all[username] else { return }
      if known.count > 1 { all[username]?.count -= 1 } else { all[username] = nil }
    }
  }

  private static func makeRoom(in all: inout [String: Attempts], now: Instant) {
    let known = all.count
    all = all.filter { !isOver($0.value, now: now) }
    guard all.count == known, let oldest = all.min(by: { $0.value.began < $1.value.began })
    else { return }
    all[oldest.key] = nil
  }

  /// A clock that was set back ends the window too: nobody waits for longer than one.
  private static func isOver(_ attempts: Attempts, now: Instant) -> Bool {
    now < attempts.began || now >= attempts.began + DomainLimits.loginWindow
  }
}
