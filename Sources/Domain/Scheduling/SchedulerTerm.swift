import Synchronization

/// One term of this replica: (holder, epoch), and until when it is trusted.
final class SchedulerTerm: Sendable {
  let epoch: Epoch
  /// Of the lock, held or to be taken when Redis is back.
  let token: Nonce
  private let tenure: Mutex<Tenure>

  init(epoch: Epoch, token: Nonce, tenure: Tenure) {
    self.epoch = epoch
    self.token = token
    self.tenure = Mutex(tenure)
  }

  var current: Tenure { tenure.withLock { $0 } }

  func isTrusted(now: ContinuousClock.Instant) -> Bool {
    tenure.withLock { $0.isTrusted(now: now) }
  }

  func update(_ change: (inout Tenure) -> Void) {
    tenure.withLock { change(&$0) }
  }
}
