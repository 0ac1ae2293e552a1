/// The verdicts of a connection, so that the next call of the same method asks nobody. Confined to
/// the connection's loop.
struct ConnectionVerdicts {
  /// At most `ServerLimits.rememberedMethods`; then the oldest makes room.
  private var verdicts: ContiguousArray<Verdict> = []
  private var nextVictim = 0

  /// What is remembered of the caller that the connection's token stands for.
  func verdict(of method: Int, revision: UInt64, now: UInt64) -> Verdict? {
    guard let index = index(of: method) else { return nil }
    let verdict = verdicts[index]
    guard verdict.callerRevision == revision, now < verdict.callerEndNanoseconds else { return nil }
    return verdict
  }

  mutating func removeAll() {
    verdicts = []
    nextVictim = 0
  }

  mutating func remember(_ verdict: Verdict) {
    if let index = index(of: verdict.method) {
      verdicts[index] = verdict
    } else if verdicts.count < ServerLimits.rememberedMethods {
      verdicts.append(verdict)
    } else {
      verdicts[nextVictim] = verdict
      nextVictim = (nextVictim + 1) % verdicts.count
    }
  }

  private func index(of method: Int) -> Int? {
    var index = 0
    while index < verdicts.count {
      if verdicts[index].method == method { return index }
      index += 1
    }
    return nil
  }
}
