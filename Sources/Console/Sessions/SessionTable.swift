/// The sessions by the value of their cookie. A value: the time comes from outside.
package struct SessionTable: Sendable {
  package typealias Instant = ContinuousClock.Instant

  private struct Entry {
    let session: Session
    let beganAt: Instant
    var usedAt: Instant

    func isOver(_ now: Instant) -> Bool {
      now - usedAt >= ConsoleLimits.sessionIdle || now - beganAt >= ConsoleLimits.sessionLife
    }
  }

  /// What an insertion did.
  package enum Insertion: Equatable, Sendable {
    /// With the numbers of the sessions that ended for it.
    case inserted(ended: [UInt64])
    /// There are as many sessions as there may be.
    case full
  }

  private var entries: [String: Entry] = [:]

  package init() {}

  package var count: Int { entries.count }

  /// Keeps a session that begins now.
  package mutating func insert(
    _ session: Session, secret: String, now: Instant
  ) -> Insertion {
    var ended: [UInt64] = []
    if entries.count >= ConsoleLimits.sessions { ended = sweep(now) }
    let own = entries.filter { $0.value.session.account == session.account }
    if own.count >= ConsoleLimits.sessionsOfAccount,
      let oldest = own.min(by: { $0.value.usedAt < $1.value.usedAt })
    {
      entries[oldest.key] = nil
      ended.append(oldest.value.session.number)
    }
    guard entries.count < ConsoleLimits.sessions else { return .full }
    entries[secret] = Entry(session: session, beganAt: now, usedAt: now)
    return .inserted(ended: ended)
  }

  /// The session of that cookie, which counts as used now; nil where there is none or it is over.
  package mutating func use(_ secret: String, now: Instant) -> Session? {
    guard let entry = entries[secret] else { return nil }
    guard !entry.isOver(now) else {
      entries[secret] = nil
      return nil
    }
    entries[secret]?.usedAt = now
    return entry.session
  }

  @discardableResult
  package mutating func remove(_ secret: String) -> Session? {
    entries.removeValue(forKey: secret)?.session
  }

  /// Removes those that are over and answers their numbers.
  package mutating func sweep(_ now: Instant) -> [UInt64] {
    let over = entries.filter { $0.value.isOver(now) }
    for secret in over.keys { entries[secret] = nil }
    return over.values.map(\.session.number)
  }
}
