import DequeModule
import EventLoop
import Messages
import Transport
import Wire

/// What a channel has on its loop: the servers of its target, and the calls that wait for one.
/// Confined to the loop, but for the lets.
///
/// Its timers hold it, and so do its subchannels and connections, until `close`, which every
/// channel comes to.
///
/// This file hands calls to connections; looking servers up, connecting and ending stand in
/// extensions.
final class ChannelCore: @unchecked Sendable {
  // @unchecked: confined to its loop; what other threads read is a Sendable let.
  enum State {
    /// No connection was asked for. -> `resolving` by the first call.
    case idle
    /// The servers' addresses are looked up. -> `active`; -> `pausing` when there are none.
    case resolving
    /// Connected, or connecting: each `SubChannel` knows. With `pickFirst`: -> `resolving` when the
    /// connection drains or is lost, -> `pausing` when no address is left to try.
    case active
    /// After a failed round. -> `resolving` when the timer fires, or by a call that comes late
    /// enough.
    case pausing(TimerID, failedAt: UInt64)
    /// Nothing follows.
    case closed
  }

  let loop: EventLoop
  let target: Target
  let options: ChannelOptions
  let context: TransportContext
  /// Where the channel's state is shown to others.
  let board = StateBoard()
  /// For this loop's encoding and decoding.
  let arena = Arena()
  let wheel: CallWheel
  let unaryDeadlineNanoseconds: UInt64

  var state = State.idle
  var subchannels: [SubChannel] = []
  /// A look-up under way.
  var resolution: Resolution?
  var resolutionFailures: [Resolution.Failure] = []
  var resolvedAt: UInt64 = 0
  var resolveTimer: TimerID?
  /// `pickFirst` on its way to a connection.
  var round: ConnectRound?
  var backoff = Backoff(
    first: ClientLimits.connectDelay, longest: ClientLimits.longestConnectDelay,
    factor: ClientLimits.connectDelayFactor)
  var trimTimer: TimerID?
  /// Why there is no connection.
  var lastFailure: RPCStatus?
  /// Connections that are not closed, those that drain or are being made among them.
  var connections: [ObjectIdentifier: ClientConnection] = [:]
  var outcomeWaiters: [ObjectIdentifier: FirstOutcome] = [:]
  var closeWaiters: [UnsafeContinuation<Void, Never>] = []
  private var balancer: Balancer
  private var waiting: Deque<ClientCall> = []

  init(target: Target, options: ChannelOptions, loop: EventLoop, context: TransportContext) {
    self.target = target
    self.options = options
    self.loop = loop
    self.context = context
    wheel = CallWheel(loop: loop)
    unaryDeadlineNanoseconds = options.unaryDeadline.clampedNanoseconds
    balancer = Balancer(options.balancing)
  }

  /// Runs `body` on the loop: at once if the caller is there.
  func onLoop(_ body: @escaping @Sendable () -> Void) {
    if loop.isCurrent { body() } else { loop.execute(body) }
  }

  /// Whether some server takes calls.
  var isReady: Bool { subchannels.contains { $0.isReady } }

  // MARK: Calls

  /// Opens the call's stream now or as soon as there is a connection with room for it.
  func submit(_ call: ClientCall) {
    if waiting.isEmpty, let connection = pick(avoiding: call.setup.avoided) {
      return start(call, on: connection)
    }
    if case .closed = state { return call.failUnstarted(Self.closedStatus) }
    guard isReady || connectForCall() || call.setup.waitsForReady else {
      return call.failUnstarted(lastFailure ?? Self.closedStatus)
    }
    enqueue(call)
  }

  /// A connection with room. Where another server has some, not one of `avoided`.
  private func pick(avoiding avoided: SubChannel?) -> ClientConnection? {
    if subchannels.count == 1 { return subchannels[0].room }
    let (count, servers) = (subchannels.count, subchannels)
    if let avoided {
      let index = balancer.pick(count: count) {
        servers[$0] === avoided ? nil : servers[$0].load
      }
      if let index { return servers[index].room }
    }
    return balancer.pick(count: count) { servers[$0].load }.flatMap { servers[$0].room }
  }

  private func enqueue(_ call: ClientCall) {
    if waiting.count >= options.waitingCalls {
      waiting.removeAll { $0.isOver }
      guard waiting.count < options.waitingCalls else {
        return call.failUnstarted(
          RPCStatus(.resourceExhausted, "too many calls wait for a connection"))
      }
    }
    waiting.append(call)
    // A round may have failed, or a connection come, while the call was on its way here.
    startWaiting()
  }

  private func start(_ call: ClientCall, on connection: ClientConnection) {
    guard !call.isOver else { return }
    do throws(RPCStatus) {
      try call.open(on: connection)
    } catch {
      call.failUnstarted(error)
    }
  }

  /// Starts the calls for which there is room, in order. Called whenever there may be.
  func startWaiting() {
    while let call = waiting.first {
      if !call.isOver {
        guard let connection = pick(avoiding: call.setup.avoided) else { return grow() }
        _ = waiting.removeFirst()
        start(call, on: connection)
      } else {
        _ = waiting.removeFirst()
      }
    }
  }

  /// Ends waiting calls: those that do not wait for a connection, or all of them.
  func failWaiting(_ status: RPCStatus, all: Bool) {
    let failing = waiting.filter { all || !$0.setup.waitsForReady }
    waiting.removeAll { all || !$0.setup.waitsForReady }
    for call in failing { call.failUnstarted(status) }
  }

  static var closedStatus: RPCStatus { RPCStatus(.unavailable, "the channel is closed") }

  // MARK: The pool

  /// Calls wait although there are connections: one more, to the server that has the fewest.
  private func grow() {
    let now = loop.nanoseconds
    var chosen: SubChannel?
    for subchannel in subchannels where subchannel.mayGrow(now) {
      if subchannel.connections.count < chosen?.connections.count ?? .max { chosen = subchannel }
    }
    chosen?.connect()
  }

  /// Looks for idle connections from time to time, while a server has more than one.
  func trimLater() {
    guard trimTimer == nil, subchannels.contains(where: { $0.connections.count > 1 }) else {
      return
    }
    let idle = options.connectionIdleTimeout
    trimTimer = loop.schedule(after: max(idle / 2, ClientLimits.leastTrimInterval)) {
      self.trimTimer = nil
      for subchannel in self.subchannels {
        subchannel.closeIdle(self.loop.nanoseconds, idle: idle.clampedNanoseconds)
      }
      self.trimLater()
    }
  }
}
