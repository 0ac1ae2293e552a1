/// Whether a replica may still believe that it leads. A value: told what was asked when and what
/// came back, it says until when to trust. Safety does not rest on it (the fence does); it keeps
/// two replicas from getting in each other's way.
///
/// The term's lease in PostgreSQL must hold always; the lock in Redis must hold too unless Redis is
/// away. Each is trusted until `asked + ttl - margin`, counted from before the request was sent. An
/// answer that comes after the trust it would have extended has run out is too late: another may
/// lead by then.
package struct Tenure: Sendable, Equatable {
  package enum Loss: Sendable, Equatable {
    /// PostgreSQL says that the term has ended.
    case fenced
    /// Another holds the lock, or nobody does.
    case lockLost
    /// Nothing could be renewed in time.
    case expired
  }

  private let ttl: Duration
  private let margin: Duration
  private var termTrustedUntil: ContinuousClock.Instant
  /// Nil: leads without the lock, because Redis is away.
  private var lockTrustedUntil: ContinuousClock.Instant?
  package private(set) var loss: Loss?

  /// A term that was asked for at `termAsked`, with the lock asked for at `lockAsked`, or without
  /// it.
  package init(
    ttl: Duration, margin: Duration, termAsked: ContinuousClock.Instant,
    lockAsked: ContinuousClock.Instant?
  ) {
    precondition(margin < ttl, "the margin is a part of the ttl")
    self.ttl = ttl
    self.margin = margin
    termTrustedUntil = termAsked + (ttl - margin)
    lockTrustedUntil = lockAsked.map { $0 + (ttl - margin) }
  }

  package var holdsLock: Bool { lockTrustedUntil != nil }

  package var trustedUntil: ContinuousClock.Instant {
    min(termTrustedUntil, lockTrustedUntil ?? termTrustedUntil)
  }

  package func isTrusted(now: ContinuousClock.Instant) -> Bool {
    loss == nil && now < trustedUntil
  }

  /// Notes that time has passed.
  package mutating func expire(now: ContinuousClock.Instant) {
    if loss == nil, now >= trustedUntil { loss = .expired }
  }

  /// A write was refused: another term has begun.
  package mutating func fenced() {
    if loss == nil { loss = .fenced }
  }

  package mutating func termRenewed(
    _ holds: Bool, asked: ContinuousClock.Instant, now: ContinuousClock.Instant
  ) {
    guard loss == nil else { return }
    if !holds {
      loss = .fenced
    } else if now >= termTrustedUntil {
      loss = .expired
    } else {
      termTrustedUntil = asked + (ttl - margin)
    }
  }

  package mutating func lockRenewed(
    _ holds: Bool, asked: ContinuousClock.Instant, now: ContinuousClock.Instant
  ) {
    guard loss == nil, let until = lockTrustedUntil else { return }
    if !holds {
      loss = .lockLost
    } else if now >= until {
      loss = .expired
    } else {
      lockTrustedUntil = asked + (ttl - margin)
    }
  }

  /// Redis did not answer. The term in PostgreSQL alone carries on: whoever reaches Redis and takes
  /// the lock begins a new term, which ends this one.
  package mutating func lockUnknown(now: ContinuousClock.Instant) {
    guard loss == nil, let until = lockTrustedUntil else { return }
    if now >= until { loss = .expired } else { lockTrustedUntil = nil }
  }

  /// Redis is back: the lock was asked for again.
  package mutating func lockTaken(_ taken: Bool, asked: ContinuousClock.Instant) {
    guard loss == nil, lockTrustedUntil == nil else { return }
    if taken { lockTrustedUntil = asked + (ttl - margin) } else { loss = .lockLost }
  }
}
