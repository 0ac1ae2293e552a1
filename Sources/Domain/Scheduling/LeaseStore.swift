/// The lock that decides who should schedule. Best effort: safety comes from the epoch alone.
package protocol LeaseStore: Sendable {
  /// Takes the lock for `ttl` if it is free. `token` is random, one a try.
  func acquire(_ key: String, token: Nonce, ttl: Duration) async throws(LeaseError) -> Bool
  /// Extends the lock if `token` still holds it.
  func renew(_ key: String, token: Nonce, ttl: Duration) async throws(LeaseError) -> Bool
  /// Gives the lock back if `token` still holds it.
  func release(_ key: String, token: Nonce) async throws(LeaseError) -> Bool
}

/// Redis is away or answered nonsense: nothing is known of the lock.
package struct LeaseError: Error, Sendable, Equatable {
  package let message: String
  package init(_ message: String) { self.message = message }
}

/// Wake-ups and invalidations between replicas. Lossy by nature: a slow poll stands behind it.
package protocol Broadcast: Sendable {
  /// Tells every replica, this one included. Never waits for Redis; while it is away nothing is
  /// sent.
  func publish(_ notice: Notice)
  /// What is told, from now on. Ends when the broadcast is closed. `.connected` says that notices
  /// may have been missed.
  func notices() -> AsyncStream<Notice>
}

package enum Notice: Sendable, Equatable {
  /// The subscription was (re)made: notices may have been missed.
  case connected
  /// A deployment or cluster changed: look at the change feed.
  case changed
  /// A principal's permissions changed; "*" for all.
  case accessChanged(String)
}
