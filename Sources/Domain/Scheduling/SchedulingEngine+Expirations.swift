import HeapModule

/// Ends what has run out of time: its time-to-live in the queue, or the deadline of its start. Each
/// item with a limit has one timer, armed anew when what it waits for changes.
extension SchedulingEngine {
  /// Nil: it never runs out of time as things are, or another shard sees to it: to what holds that
  /// of its cluster, to what waits that of its organization.
  private func timeLimit(of slot: Slot) -> TimeLimit? {
    let item = items[Int(slot)]
    if item.isExpiring { return nil }
    switch item.phase {
    // What is being committed is judged by what becomes of it.
    // A gang that is queued runs out of time as one, by its head.
    case .none, .gathered, .placing, .expiring: return nil
    case .holding:
      guard item.cluster >= 0 || configuration.shard.isWhole, !item.isRunning else { return nil }
      return TimeLimit(startBy: item.startBy)
    case .impossible, .sleeping, .ready:
      if item.isInGang, item.id != item.key.id { return nil }
      guard configuration.shard.contains(pools[item.pool].organization) else { return nil }
      return TimeLimit(queueEndsAt: item.queueEndsAt, startBy: item.startBy)
    }
  }

  /// Arms the timer by what is true now, and not to fire before `notBefore`.
  mutating func armTimeLimit(_ slot: Slot, notBefore: Instant? = nil) {
    items[Int(slot)].timerStamp &+= 1
    guard let limit = timeLimit(of: slot) else { return }
    expiring.insert(
      TimerEntry(
        at: notBefore.map { max($0, limit.at) } ?? limit.at, slot: slot,
        generation: items[Int(slot)].timerStamp))
  }

  /// The next timer that still counts.
  mutating func nextTimeLimit() -> TimerEntry? {
    while let top = expiring.min {
      if items[Int(top.slot)].timerStamp == top.generation { return top }
      expiring.removeMin()
    }
    return nil
  }

  /// At most `limit`. Each is out of the queue from now on, until it is refused; what it holds it
  /// holds until there is news of it.
  mutating func expire(now: Instant, limit: Int) -> [Expiration] {
    var expirations: [Expiration] = []
    while expirations.count < limit, let top = nextTimeLimit(), top.at <= now {
      expiring.removeMin()
      guard let due = timeLimit(of: top.slot) else { continue }
      guard due.at <= now else {
        armTimeLimit(top.slot)
        continue
      }
      expirations.append(expire(top.slot, due.cause))
    }
    return expirations
  }

  private mutating func expire(_ slot: Slot, _ cause: Expiration.Cause) -> Expiration {
    let item = items[Int(slot)]
    items[Int(slot)].isExpiring = true
    if item.phase != .holding {
      if item.phase == .ready { leaveQueue(slot) }
      setPhase(slot, .expiring)
    }
    return Expiration(
      deployment: item.id, attempt: item.progress.attempt,
      cluster: item.phase == .holding ? item.clusterID : nil, cause: cause)
  }

  /// An expiration was not committed.
  mutating func keep(_ expiration: Expiration, retryAt: Instant) {
    guard let slot = slots[expiration.deployment], items[Int(slot)].isExpiring,
      items[Int(slot)].progress.attempt == expiration.attempt
    else { return }
    items[Int(slot)].isExpiring = false
    if items[Int(slot)].phase == .expiring {
      // Of a gang it is the head, which counts as gathered still.
      if gangs[items[Int(slot)].key.id]?.isQueued == true {
        queueUp(slot)
      } else {
        sleepOrQueue(slot)
      }
    }
    armTimeLimit(slot, notBefore: retryAt)
  }
}
