/// What a connection remembers of who calls one method with its token and what that caller may do.
/// It does not change: a call that goes by it keeps it.
final class Verdict: Sendable {
  let method: Int
  let caller: any CallerIdentity
  let callerRevision: UInt64
  /// On the loop's clock.
  let callerEndNanoseconds: UInt64
  let permit: (any Permit)?
  let permitRevision: UInt64
  /// Zero: no permit is remembered.
  let permitEndNanoseconds: UInt64

  init(
    method: Int, caller: any CallerIdentity, callerRevision: UInt64, callerEndNanoseconds: UInt64,
    permit: (any Permit)? = nil, permitRevision: UInt64 = 0, permitEndNanoseconds: UInt64 = 0
  ) {
    self.method = method
    self.caller = caller
    self.callerRevision = callerRevision
    self.callerEndNanoseconds = callerEndNanoseconds
    self.permit = permit
    self.permitRevision = permitRevision
    self.permitEndNanoseconds = permitEndNanoseconds
  }

  /// The same with a permit beside the caller that it was given to.
  func with(permit: any Permit, revision: UInt64, endNanoseconds: UInt64) -> Verdict {
    Verdict(
      method: method, caller: caller, callerRevision: callerRevision,
      callerEndNanoseconds: callerEndNanoseconds, permit: permit, permitRevision: revision,
      permitEndNanoseconds: endNanoseconds)
  }

  func holdsPermit(revision: UInt64, now: UInt64) -> Bool {
    permitRevision == revision && now < permitEndNanoseconds
  }
}
