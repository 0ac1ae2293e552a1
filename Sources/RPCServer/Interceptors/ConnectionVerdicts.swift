/// What a connection remembers of who calls with its token and what that caller may call, so that
/// the next call of the same method asks nobody. Confined to the connection's loop.
final class ConnectionVerdicts {
  private struct Verdict {
    let method: Int
    var caller: (any CallerIdentity)?
    var callerRevision: UInt64 = 0
    /// On the loop's clock; zero: nothing is remembered.
    var callerEndNanoseconds: UInt64 = 0
    var permit: (any Permit)?
    var permitRevision: UInt64 = 0
    var permitEndNanoseconds: UInt64 = 0
  }

  /// At most `ServerLimits.rememberedMethods`; then the oldest makes room.
  @exclusivity(unchecked) private var verdicts: ContiguousArray<Verdict> = []
  @exclusivity(unchecked) private var nextVictim = 0

  /// The caller that the connection's token stood for.
  func caller(of method: Int, revision: UInt64, now: UInt64) -> (any CallerIdentity)? {
    guard let index = index(of: method), verdicts[index].callerRevision == revision,
      now < verdicts[index].callerEndNanoseconds
    else { return nil }
    return verdicts[index].caller
  }

  func remember(
    caller: any CallerIdentity, of method: Int, revision: UInt64, endNanoseconds: UInt64
  ) {
    let index = place(for: method)
    verdicts[index].caller = caller
    verdicts[index].callerRevision = revision
    verdicts[index].callerEndNanoseconds = endNanoseconds
    verdicts[index].permitEndNanoseconds = 0
  }

  /// The permit that this very caller got.
  func permit(
    of method: Int, caller: any CallerIdentity, revision: UInt64, now: UInt64
  ) -> (any Permit)? {
    guard let index = index(of: method), verdicts[index].caller === caller,
      verdicts[index].permitRevision == revision, now < verdicts[index].permitEndNanoseconds
    else { return nil }
    return verdicts[index].permit
  }

  /// Kept only beside the caller that it was given to.
  func remember(
    permit: any Permit, of method: Int, caller: any CallerIdentity, revision: UInt64,
    endNanoseconds: UInt64
  ) {
    guard let index = index(of: method), verdicts[index].caller === caller else { return }
    verdicts[index].permit = permit
    verdicts[index].permitRevision = revision
    verdicts[index].permitEndNanoseconds = endNanoseconds
  }

  private func index(of method: Int) -> Int? {
    var index = 0
    while index < verdicts.count {
      if verdicts[index].method == method { return index }
      index += 1
    }
    return nil
  }

  private func place(for method: Int) -> Int {
    if let index = index(of: method) { return index }
    guard verdicts.count >= ServerLimits.rememberedMethods else {
      verdicts.append(Verdict(method: method))
      return verdicts.count - 1
    }
    defer { nextVictim = (nextVictim + 1) % verdicts.count }
    verdicts[nextVictim] = Verdict(method: method)
    return nextVictim
  }
}
