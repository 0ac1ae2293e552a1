package import EventLoop
public import Messages
import Transport
public import Wire

/// What a handler and an interceptor know about the call they serve. A handle: copy it freely.
public struct CallContext: Sendable {
  let call: ServerCall

  init(_ call: ServerCall) { self.call = call }

  public var method: MethodDescriptor { call.method }
  /// Which of `LoopScope.methods` it is.
  public var methodIndex: Int { call.methodIndex }
  /// What came with the call.
  public var metadata: Metadata { call.metadata }
  /// The bearer token: the call's own in its metadata, else the connection's. Empty ones are nil.
  /// On the loop, where alone it can be told; elsewhere nil.
  public var bearer: String? {
    call.loop.assertCurrent()
    return call.loop.isCurrent ? call.bearer : nil
  }
  /// Where the caller is.
  public var peer: String { call.connection.peer }
  /// The subject of the client's certificate, if it showed one.
  public var peerCertificateSubject: String? { call.connection.certificateSubject }
  /// The loop that the handler runs on.
  package var loop: EventLoop { call.loop }

  /// Names the call in logs and in what a caller is told: the caller's own `x-request-id` if it is
  /// 1 to 64 of letters, digits, `-`, `_` and `.`; else one that no other call of any server has.
  public var requestID: String {
    call.server.requestID(of: call)
  }

  /// When the call ends with DEADLINE_EXCEEDED; nil: never.
  public var deadline: ContinuousClock.Instant? { call.deadline }

  /// How long the call may still take, not below zero; nil: for ever. For the deadlines of calls
  /// that the handler makes in turn.
  public var remaining: Duration? { call.remaining }

  /// Whether nobody waits for the answer any more: given up, past its deadline, connection lost.
  /// The handler's task is cancelled then, too.
  public var isCancelled: Bool { call.isCancelled }

  /// Where the call stands in a trace; nil: in none. Set by `Tracing`.
  public var trace: TraceContext? { call.trace }

  // MARK: What interceptors attach

  /// Who calls; nil: nobody that the server knows. Set by `Authentication`, before the handler
  /// runs.
  public var caller: (any CallerIdentity)? { call.caller }

  /// What the caller may do by this call. Set by `Authorization`, before the handler runs.
  public var permit: (any Permit)? { call.permit }

  /// For interceptors, on the loop, before the handler runs.
  public func attach(caller: any CallerIdentity) {
    call.loop.assertCurrent()
    call.caller = caller
  }

  /// For interceptors, on the loop, before the handler runs.
  public func attach(permit: any Permit) {
    call.loop.assertCurrent()
    call.permit = permit
  }

  /// For interceptors, on the loop, before the handler runs: one value of each type.
  /// It costs an allocation, which `caller` and `permit` do not.
  public func attach<Value: Sendable>(_ value: Value) {
    call.loop.assertCurrent()
    call.attachments[ObjectIdentifier(Value.self)] = value
  }

  /// What an interceptor attached of this type.
  public func attached<Value: Sendable>(_ type: Value.Type) -> Value? {
    call.attachments[ObjectIdentifier(type)] as? Value
  }

  // MARK: What handlers use

  /// Bounds how long the call may take from its arrival on. A deadline only ever comes earlier. On
  /// the loop.
  public func limitDeadline(to timeout: Duration) {
    call.loop.assertCurrent()
    let nanoseconds = timeout.clampedNanoseconds
    call.limitDeadline(standardNanoseconds: nanoseconds, longestNanoseconds: nanoseconds)
  }

  /// Adds to the metadata that goes with the status. On the loop.
  public func addTrailer(_ value: String, for key: String) {
    call.loop.assertCurrent()
    call.trailers.append(value, for: key)
  }

  // MARK: The connection's end

  /// Whether the connection is about to end: a long stream does well to end now. On the loop.
  public var isDraining: Bool { call.connection.isDraining }

  /// Calls `body` on the loop when the connection begins to drain; soon, if it does already;
  /// never, if the call ends before. At most 16 a call.
  public func onDrain(_ body: @escaping @Sendable () -> Void) {
    let call = call
    call.loop.execute { call.connection.onDrain(of: call, body) }
  }

  /// For streams that last until somebody ends them: when the connection begins to drain, the call
  /// ends at once with UNAVAILABLE and its handler is cancelled, rather than that they hold up the
  /// drain for its whole grace. The caller opens the stream anew, at a server that stays.
  public func endOnDrain() {
    let call = call
    onDrain { call.endForDrain() }
  }

  /// With what `endOnDrain` ends a call: for handlers that have a last word first.
  public var drainStatus: RPCStatus { call.connection.drainStatus }
}
