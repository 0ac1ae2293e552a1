import EventLoop
import Messages
import Synchronization
import Transport
@_spi(Frames) import Wire

/// One call on a server, from its OPEN until its handler has ended. Confined to its loop, but for
/// `isCancelled` and the lets, which any thread may read.
final class ServerCall: CallScopeSource, @unchecked Sendable {
  // @unchecked: confined to its loop; what other threads read is a Sendable let or atomic.
  enum Phase {
    /// The request of a unary call is on its way. -> `queued` when it is whole, -> `ended`.
    case receiving
    /// Waits in a ring for a driver. -> `running`, -> `ended` when it is cancelled first.
    case queued
    /// A handler, or the admission before it, is under way. -> `ended` when it returns, not
    /// earlier.
    case running
    /// Answered and its place is free.
    case ended
  }

  /// What runs the handler.
  enum Work {
    case none
    // unsafe: the driver's task holds it while the call runs.
    case driver(Unmanaged<Driver>)
    case task(Task<Void, Never>)
  }

  /// What most calls never have: one reference to look at instead of many.
  private final class Extras {
    var caller: (any CallerIdentity)?
    var permit: (any Permit)?
    /// The connection's token where the call outlived it.
    var bearer: String?
    var attachments: [ObjectIdentifier: any Sendable] = [:]
    var trailers = Metadata()
    var drainHooks: [@Sendable () -> Void] = []
    var writers: [UnsafeContinuation<Void, Never>] = []
    var cancellation: RPCStatus?
  }

  /// Counts the calls of the loop; its text is made when asked for.
  @exclusivity(unchecked) private(set) var number: UInt64 = 0
  @exclusivity(unchecked) private(set) var streamID: UInt32 = 0
  @exclusivity(unchecked) private(set) var methodIndex = 0
  @exclusivity(unchecked) private(set) var startNanoseconds: UInt64 = 0
  /// `UInt64.max`: none.
  @exclusivity(unchecked) private(set) var deadlineNanoseconds = UInt64.max
  // unsafe: the loop has a connection's object as long as calls of it are not over (`running`);
  // from then on the call holds it itself, unless its object is used again.
  @exclusivity(unchecked) private var connectionReference: Unmanaged<ServerConnection>
  @exclusivity(unchecked) private var holdsConnection = false
  // unsafe: the loop of the connection keeps its runners as long as it lives.
  @exclusivity(unchecked) private(set) var runnerReference: Unmanaged<MethodRunner>
  /// Nil: none came with the call.
  @exclusivity(unchecked) private(set) var ownMetadata: Metadata?
  /// Which of the connection's tokens is the call's; zero: the call brought its own.
  @exclusivity(unchecked) private var bearerSerial: UInt32 = 0

  @exclusivity(unchecked) var phase = Phase.receiving
  @exclusivity(unchecked) var work = Work.none
  @exclusivity(unchecked) var sink: (any RequestSink)?
  /// The request of a unary call that is kept: until its END, its admission or its turn.
  @exclusivity(unchecked) var partial: [UInt8]?
  /// Bytes of a message that was received and is kept: nil when there is none.
  @exclusivity(unchecked) var owedCredit: Int?
  @exclusivity(unchecked) var pendingAdmission: PendingAdmission?
  /// What the connection remembers of its caller, where the call relies on it.
  @exclusivity(unchecked) private(set) var verdict: Verdict?
  /// Whether `verdict` stands for a permit, too.
  @exclusivity(unchecked) private var hasVerdictPermit = false
  @exclusivity(unchecked) var trace: TraceContext?
  /// Made when the first of it is needed.
  @exclusivity(unchecked) private var extras: Extras?
  private let cancelled = Atomic<Bool>(false)
  /// The peer knows the end, or is gone, while the transport still holds the stream's place.
  @exclusivity(unchecked) private var owesFinish = false
  /// The wheel keeps its deadline.
  @exclusivity(unchecked) private var isTimed = false

  // The wheel's links. It holds each call that has a deadline until the call ends.
  @exclusivity(unchecked) var wheelTick: UInt64 = 0
  @exclusivity(unchecked) var wheelNext: ServerCall?
  // unsafe: a neighbour unlinks itself before it goes.
  @exclusivity(unchecked) unowned(unsafe) var wheelPrevious: ServerCall?

  /// `begin` follows at once.
  init(connection: ServerConnection, runner: Unmanaged<MethodRunner>) {
    connectionReference = .passUnretained(connection)
    runnerReference = runner
  }

  deinit {
    if holdsConnection { connectionReference.release() }
  }

  /// Makes it another call of the same loop. Nobody else holds it, and it is over.
  func reuse(connection: ServerConnection, runner: Unmanaged<MethodRunner>) {
    connectionReference = .passUnretained(connection)
    runnerReference = runner
  }

  func begin(streamID: UInt32, head: OpenHeadView, number: UInt64, startNanoseconds: UInt64) {
    self.streamID = streamID
    self.number = number
    self.startNanoseconds = startNanoseconds
    methodIndex = runnerReference._withUnsafeGuaranteedRef { $0.index }
    deadlineNanoseconds = Self.deadline(head, startNanoseconds)
    guard head.metadata.isEmpty else { return begin(head.metadata.metadata) }
    bearerSerial = connectionReference._withUnsafeGuaranteedRef { $0.useBearer() }
  }

  private func begin(_ metadata: Metadata) {
    ownMetadata = metadata
    if metadata.bytes(for: BearerToken.key) == nil { bearerSerial = connection.useBearer() }
  }

  /// Lets go of all that this call was.
  func clear() {
    if holdsConnection {
      holdsConnection = false
      connectionReference.release()
    }
    phase = .receiving
    work = .none
    if ownMetadata != nil { ownMetadata = nil }
    bearerSerial = 0
    if partial != nil { partial = nil }
    owedCredit = nil
    if verdict != nil { verdict = nil }
    hasVerdictPermit = false
    if trace != nil { trace = nil }
    if extras != nil { extras = nil }
    cancelled.store(false, ordering: .relaxed)
    owesFinish = false
    isTimed = false
  }

  /// Keeps the connection's object from here on.
  func holdConnection() {
    guard !holdsConnection else { return }
    holdsConnection = true
    _ = connectionReference.retain()
  }

  /// What the caller brought.
  private static func deadline(_ head: OpenHeadView, _ start: UInt64) -> UInt64 {
    guard head.timeoutMicroseconds > 0 else { return .max }
    let timeout = head.timeoutMicroseconds.multipliedReportingOverflow(by: 1_000)
    let end = start.addingReportingOverflow(timeout.partialValue)
    return timeout.overflow || end.overflow ? .max : end.partialValue
  }

  // MARK: What few calls have

  private func makeExtras() -> Extras {
    if let extras { return extras }
    let made = Extras()
    extras = made
    return made
  }

  /// Who calls.
  var caller: (any CallerIdentity)? {
    get { extras?.caller ?? verdict?.caller }
    set {
      let permit = permit
      // What is remembered is about another caller.
      verdict = nil
      hasVerdictPermit = false
      makeExtras().caller = newValue
      if permit != nil { makeExtras().permit = permit }
    }
  }

  /// What the caller may do by this call.
  var permit: (any Permit)? {
    get { extras?.permit ?? (hasVerdictPermit ? verdict?.permit : nil) }
    set { makeExtras().permit = newValue }
  }

  var attachments: [ObjectIdentifier: any Sendable] {
    get { extras?.attachments ?? [:] }
    set { makeExtras().attachments = newValue }
  }

  /// What goes with the status.
  var trailers: Metadata {
    get { extras?.trailers ?? Metadata() }
    set { makeExtras().trailers = newValue }
  }

  /// Called when the connection drains. At most `ServerLimits.drainHooks`.
  var drainHooks: [@Sendable () -> Void] {
    get { extras?.drainHooks ?? [] }
    set { makeExtras().drainHooks = newValue }
  }

  /// Set once the call was cancelled: why. Nothing more is sent then.
  var cancellation: RPCStatus? { extras?.cancellation }

  // MARK: What it is

  var connection: ServerConnection { connectionReference.takeUnretainedValue() }
  var runner: MethodRunner { runnerReference.takeUnretainedValue() }
  var method: MethodDescriptor { runner.method }
  /// What came with the call.
  var metadata: Metadata { ownMetadata ?? Metadata() }

  func withUnaryRunner<R>(_ body: (UnaryRunner) -> R) -> R {
    // unsafe: asked by drivers, who only get calls of unary runners.
    runnerReference._withUnsafeGuaranteedRef { body(unsafeDowncast($0, to: UnaryRunner.self)) }
  }

  /// The token that the call brought, else the one that its connection had when it came.
  var bearer: String? {
    if bearerSerial == 0 { return BearerToken.inMetadata(metadata, otherwise: nil) }
    return usesConnectionBearer ? connection.bearer : extras?.bearer
  }

  /// Whether `bearer` is the token that the connection has now. It is not where another came while
  /// the call waited: what the connection remembers is not about this call then.
  var usesConnectionBearer: Bool {
    connectionReference._withUnsafeGuaranteedRef { $0.bearerSerial == bearerSerial }
  }

  /// Goes by what the connection remembers of its token, if it does; false: it does not.
  func takeVerdict(revision: UInt64) -> Bool {
    connectionReference._withUnsafeGuaranteedRef { connection in
      guard bearerSerial == connection.bearerSerial else { return false }
      guard
        let found = connection.verdicts.verdict(
          of: methodIndex, revision: revision, now: startNanoseconds)
      else { return false }
      take(found)
      return true
    }
  }

  /// Goes by `found`: its caller is the call's, whoever was attached before.
  func take(_ found: Verdict) {
    verdict = found
    if let extras { extras.caller = nil }
  }

  /// Goes by the permit of `found` as well.
  func takePermit(of found: Verdict) {
    verdict = found
    hasVerdictPermit = true
    if let extras { extras.permit = nil }
  }

  /// The connection is about to get another token.
  func keepBearer() {
    if usesConnectionBearer { makeExtras().bearer = connection.bearer }
  }

  var server: ServerLoop { connectionReference._withUnsafeGuaranteedRef { $0.server } }
  var loop: EventLoop { connectionReference._withUnsafeGuaranteedRef { $0.server.loop } }
  /// Nil once the connection is gone: there is nobody to tell then.
  var stream: Stream? {
    connectionReference._withUnsafeGuaranteedRef { connection in
      connection.connection.map { Stream(connection: $0, id: streamID) }
    }
  }
  /// May be asked on any thread.
  var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  // MARK: Time

  /// Bounds how long the call may take: `standard` where its caller set no deadline, `longest` in
  /// any case. A deadline only ever comes earlier.
  func limitDeadline(standardNanoseconds standard: UInt64, longestNanoseconds longest: UInt64) {
    let hasOwn = deadlineNanoseconds != .max
    let timeout = hasOwn ? longest : min(standard, longest)
    let (end, overflow) = startNanoseconds.addingReportingOverflow(timeout)
    guard !overflow, end < deadlineNanoseconds else { return }
    deadlineNanoseconds = end
    guard isTimed, phase != .ended else { return }
    server.wheel.remove(self)
    server.wheel.insert(self)
  }

  /// From now on the deadline, and each that replaces it, ends the call. For calls that wait: one
  /// that is answered in the turn in which it came cannot pass its deadline.
  func startTiming() {
    guard !isTimed, phase != .ended else { return }
    isTimed = true
    if deadlineNanoseconds != .max { server.wheel.insert(self) }
  }

  /// The time of the loop's clock that lies `duration` after the call's start; nil for none.
  func end(after duration: Duration) -> UInt64? {
    let nanoseconds = duration.clampedNanoseconds
    guard nanoseconds > 0 else { return nil }
    let (end, overflow) = startNanoseconds.addingReportingOverflow(nanoseconds)
    return overflow ? .max : end
  }

  /// What the handler's own calls inherit. Nothing of it changes once the handler runs.
  var callScope: CallScope? {
    CallScope(
      deadline: deadline, traceparent: trace?.traceparent,
      tracestate: trace == nil ? nil : CallScope.tracestate(in: ownMetadata),
      requestID: server.requestID(of: self))
  }

  /// How long the call may still take, not below zero; nil: for ever.
  var remaining: Duration? {
    guard deadlineNanoseconds != .max else { return nil }
    let now = MonotonicClock.nanoseconds()
    guard deadlineNanoseconds > now else { return .zero }
    return .nanoseconds(Int64(clamping: deadlineNanoseconds - now))
  }

  /// When the call ends at the latest; nil: never.
  var deadline: ContinuousClock.Instant? { remaining.map { ContinuousClock.now + $0 } }

  // MARK: The handler's end

  /// Answers with a message of `count` bytes if the peer reads fast enough; false: ask again after
  /// `untilWritable`.
  func reply(count: Int, _ write: (UnsafeMutableRawPointer) -> Void) -> Bool {
    guard extras == nil, sendAtOnce(count, write) else { return replyInGeneral(count, write) }
    // A driver looks at it next: it is used again, or holds its connection then.
    if case .driver = work { leave(.ok) } else { ended(.ok) }
    return true
  }

  /// The path of nearly every unary call.
  private func sendAtOnce(_ count: Int, _ write: (UnsafeMutableRawPointer) -> Void) -> Bool {
    connectionReference._withUnsafeGuaranteedRef { connection in
      guard connection.withTransport({ $0.finishAtOnce(streamID, count: count, write) }) == true
      else { return false }
      connection.sent(count)
      return true
    }
  }

  private func replyInGeneral(
    _ count: Int, _ write: (UnsafeMutableRawPointer) -> Void
  ) -> Bool {
    guard extras?.cancellation == nil, let stream else {
      finish(RPCStatus.ok)
      return true
    }
    let limit = stream.connection.peerSettings.messageBytes
    guard count <= limit else {
      finish(
        RPCStatus(
          .resourceExhausted, "the response takes \(count) bytes; the caller accepts \(limit)"))
      return true
    }
    guard stream.mayReply(bytes: count) else { return false }
    stream.finish(.ok, metadata: trailers, message: count) { buffer in
      if let start = buffer.baseAddress { write(start) }
    }
    connection.sent(count)
    ended(.ok)
    return true
  }

  /// The handler of a call without a last response returned.
  func succeed() { finish(.ok) }

  /// The call fails: rejected, not decodable, or its handler threw.
  func fail(_ status: RPCStatus) {
    var status = status
    if cancellation == nil, status.code == .internal || status.code == .unknown {
      let context = CallContext(self)
      context.logFault(status.message)
      status = context.internalError(status.code)
    }
    // A handler that throws OK is a defect, but not one that may look like success.
    if status.code == .ok { status = CallContext(self).internalError(.internal) }
    finish(status)
  }

  private func finish(_ status: RPCStatus) {
    guard phase != .ended else { return }
    if let cancellation {
      if owesFinish { stream?.finish(cancellation) }
      ended(cancellation.code)
    } else {
      stream?.finish(status, metadata: trailers)
      ended(status.code)
    }
  }

  private func ended(_ code: StatusCode) {
    holdConnection()
    leave(code)
  }

  private func leave(_ code: StatusCode) {
    phase = .ended
    if sink != nil { sink = nil }
    if partial != nil { partial = nil }
    if pendingAdmission != nil { pendingAdmission = nil }
    if let extras { extras.drainHooks = [] }
    connectionReference._withUnsafeGuaranteedRef { connection in
      if wheelTick != 0 { connection.server.wheel.remove(self) }
      connection.ended(self, code)
      connection.server.ended(self, code)
    }
  }

  // MARK: Cancellation

  /// Ends the call from outside its handler. A handler that runs is cancelled, and keeps the call's
  /// place until it returns.
  func cancel(_ status: RPCStatus, tellsPeer: Bool) {
    guard phase != .ended, cancellation == nil else { return }
    makeExtras().cancellation = status
    cancelled.store(true, ordering: .relaxed)
    if tellsPeer {
      stream?.finish(status, metadata: trailers)
    } else {
      owesFinish = true
    }
    guard phase == .running else { return finish(status) }
    switch work {
    case .none: break
    case .driver(let driver): driver._withUnsafeGuaranteedRef { $0.cancel() }
    case .task(let task): task.cancel()
    }
    sink?.fail(status)
    wakeWriters()
  }

  /// The call ends because its connection does.
  func endForDrain() { cancel(connection.drainStatus, tellsPeer: true) }

  func deadlinePassed() {
    cancel(RPCStatus(.deadlineExceeded, "the deadline passed"), tellsPeer: true)
  }

  /// The message that was kept is done with.
  func returnCredit() {
    guard let owedCredit else { return }
    self.owedCredit = nil
    consumed(owedCredit)
  }

  /// A message of so many bytes is done with: the peer gets its credit back.
  func consumed(_ bytes: Int) { stream?.consumed(bytes) }

  /// From now on the transport tells the call what happens on its stream.
  func listen() {
    connectionReference._withUnsafeGuaranteedRef { connection in
      _ = connection.withTransport { $0.setHandler(self, of: streamID) }
    }
  }

  // MARK: Waiting to write

  /// Returns when it is worth asking again whether there is room, or the call or the task is
  /// cancelled.
  func untilWritable() async {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        // Asked here, where no cancellation can come in between: it hops to this loop first.
        if Task.isCancelled || cancellation != nil { return continuation.resume() }
        makeExtras().writers.append(continuation)
      }
    } onCancel: {
      loop.execute { self.wakeWriters() }
    }
  }

  func wakeWriters() {
    guard let extras, !extras.writers.isEmpty else { return }
    let waiting = extras.writers
    extras.writers = []
    for continuation in waiting { continuation.resume() }
  }
}
