import EventLoop
import Synchronization
import Wire

/// One attempt between the interceptors' `begin` and their `end`.
final class ObservedAttempt: @unchecked Sendable {
  // @unchecked: changed by `begin` alone, in one task, before anything else sees it; `hasEnded` is
  // atomic.
  private(set) var context: ClientCallContext
  private var begun: [any ClientInterceptor] = []
  private let startNanoseconds = EventLoop.clock()
  private let deadline: ContinuousClock.Instant?
  private let hasEnded = Atomic(false)

  init(_ plan: CallPlan, number: Int) {
    if plan.deadlineNanoseconds == .max {
      deadline = nil
    } else {
      let left = plan.deadlineNanoseconds - min(startNanoseconds, plan.deadlineNanoseconds)
      deadline = ContinuousClock.now + .nanoseconds(Int64(clamping: left))
    }
    context = ClientCallContext(plan, attempt: number, deadline: deadline)
  }

  /// Asks the interceptors in order. Those that had begun when one throws are told.
  func begin(_ interceptors: [any ClientInterceptor]) async throws(RPCStatus) {
    for interceptor in interceptors {
      do throws(RPCStatus) {
        try await interceptor.begin(&context)
      } catch {
        end(CallEnd(status: error, progress: .unsent), isFinal: true)
        throw error
      }
      begun.append(interceptor)
    }
  }

  /// Takes over what they changed.
  func apply(to setup: inout AttemptSetup) {
    setup.metadata = context.metadata
    setup.waitsForReady = context.waitForReady
    guard let wanted = context.deadline, wanted != deadline else { return }
    let left = max(.zero, wanted - ContinuousClock.now)
    setup.madeNanoseconds = EventLoop.clock()
    setup.deadlineNanoseconds = min(
      setup.deadlineNanoseconds,
      CallPlan.instant(setup.madeNanoseconds, plus: left.clampedNanoseconds))
  }

  /// Tells them, the last first. Once: what comes after that is ignored.
  func end(_ end: CallEnd, isFinal: Bool) {
    guard !hasEnded.exchange(true, ordering: .relaxed) else { return }
    let elapsed = EventLoop.clock() &- startNanoseconds
    let outcome = ClientCallOutcome(
      status: end.status, trailers: end.trailers,
      duration: .nanoseconds(Int64(clamping: elapsed)), server: end.server?.server.endpoint,
      isFinal: isFinal)
    for interceptor in begun.reversed() { interceptor.end(context, outcome) }
  }
}
