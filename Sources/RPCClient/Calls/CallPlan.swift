import EventLoop
import Messages
import Wire

/// What all attempts of one call have in common. A class, so that handing it on costs a retain.
final class CallPlan: Sendable {
  /// Stays open while a call of it goes on.
  let channel: Channel
  let method: MethodDescriptor
  let options: CallOptions
  /// With what the task's scope hands on.
  let metadata: Metadata
  /// Of the loop's clock; `UInt64.max`: none.
  let deadlineNanoseconds: UInt64
  /// The clock when the deadline was set.
  let madeNanoseconds: UInt64

  /// In the task that makes the call, whose scope counts.
  init(channel: Channel, method: MethodDescriptor, options: CallOptions) {
    self.channel = channel
    self.method = method
    self.options = options
    let now = EventLoop.clock()
    var deadline = UInt64.max
    if let own = options.deadline {
      deadline = Self.instant(now, plus: own.clampedNanoseconds)
    } else if !method.requestStreaming, !method.responseStreaming {
      deadline = Self.instant(now, plus: channel.core.unaryDeadlineNanoseconds)
    }
    var metadata = options.metadata
    if let scope = CallScope.current {
      if let end = scope.deadline {
        let left = max(.zero, end - ContinuousClock.now)
        deadline = min(deadline, Self.instant(now, plus: left.clampedNanoseconds))
      }
      if let trace = scope.traceparent, metadata.bytes(for: CallScope.traceparentKey) == nil {
        metadata.append(trace, for: CallScope.traceparentKey)
        if let state = scope.tracestate { metadata.append(state, for: CallScope.tracestateKey) }
      }
      if let id = scope.requestID, metadata.bytes(for: CallScope.requestIDKey) == nil {
        metadata.append(id, for: CallScope.requestIDKey)
      }
    }
    self.metadata = metadata
    deadlineNanoseconds = deadline
    madeNanoseconds = now
  }

  var core: ChannelCore { channel.core }
  var waitsForReady: Bool { options.waitForReady ?? core.options.waitForReady }
  var isRepeatable: Bool { method.idempotency != .unknown }
  var retryPolicy: RetryPolicy { options.retryPolicy ?? core.options.retryPolicy }

  /// How a unary call is hedged; nil: it is not.
  var hedgingPolicy: HedgingPolicy? {
    guard isRepeatable, options.retries,
      let policy = options.hedgingPolicy ?? core.options.hedgingPolicy,
      policy.boundedAttempts > 1
    else { return nil }
    return policy
  }

  /// Nanoseconds of the loop's clock, or none where that lies beyond its end.
  static func instant(_ now: UInt64 = EventLoop.clock(), plus nanoseconds: UInt64) -> UInt64 {
    let (instant, overflow) = now.addingReportingOverflow(nanoseconds)
    return overflow ? .max : instant
  }

  /// One attempt: asks the interceptors, then for the credentials.
  ///
  /// - Parameters:
  ///   - number: 1 for the first.
  ///   - avoided: another server is chosen where there is one.
  func attempt(
    _ number: Int, avoiding avoided: SubChannel? = nil
  ) async throws(RPCStatus) -> AttemptSetup {
    var setup = AttemptSetup(
      metadata: metadata, deadlineNanoseconds: deadlineNanoseconds,
      madeNanoseconds: madeNanoseconds, waitsForReady: waitsForReady, avoided: avoided)
    var credentials = options.credentials
    if !core.options.interceptors.isEmpty {
      let observed = ObservedAttempt(self, number: number)
      try await observed.begin(core.options.interceptors)
      setup.observed = observed
      observed.apply(to: &setup)
      credentials = observed.context.credentials
    }
    switch credentials {
    case .token(let token): setup.credentials = .call(token)
    case .none: setup.credentials = .none
    case .channel:
      guard let provider = core.options.credentials else { break }
      do throws(RPCStatus) {
        setup.credentials = .connection(try await provider.token(for: channel))
      } catch {
        setup.observed?.end(CallEnd(status: error, progress: .unsent), isFinal: true)
        throw error
      }
    }
    return setup
  }
}
