import EventLoop
import Messages
import Wire

/// A unary call that is made on several servers at a time: the first good answer wins, and the
/// others are cancelled. A value of one call.
struct HedgedCall<Request: Message, Response: Message> {
  private typealias Ending = Result<Response, RPCStatus>

  private enum Event: Sendable {
    case answered(Response, CallEnd, AttemptSetup)
    case failed(CallEnd, AttemptSetup)
    /// An attempt could not be set up, which ends the call.
    case refused(RPCStatus)
    /// The pause numbered so before the next attempt is over.
    case mayGoOn(Int)

    /// Tells the attempt's interceptors.
    func observe(isFinal: Bool) {
      switch self {
      case .answered(_, let end, let setup), .failed(let end, let setup):
        setup.observed?.end(end, isFinal: isFinal)
      case .refused, .mayGoOn:
        break
      }
    }
  }

  private let plan: CallPlan
  private let policy: HedgingPolicy
  private let request: Request
  private var made = 0
  private var running = 0
  /// Numbers the pause that counts; earlier ones do not.
  private var pause = 0
  private var pauses = false
  private var lastFailure = RPCStatus(.unavailable)
  private let route = CallRoute()

  init(_ plan: CallPlan, _ policy: HedgingPolicy, _ request: Request) {
    self.plan = plan
    self.policy = policy
    self.request = request
  }

  /// Returns when one has answered and the others have been cancelled.
  func run() async throws(RPCStatus) -> Response {
    let ending = await withTaskGroup(of: Event.self, returning: Ending.self) { group in
      var call = self
      call.launch(in: &group)
      var ending: Ending?
      while let event = await group.next() {
        if ending != nil {
          event.observe(isFinal: false)
          continue
        }
        ending = call.take(event, in: &group)
        event.observe(isFinal: ending != nil)
        if ending != nil { group.cancelAll() }
      }
      return ending ?? .failure(call.lastFailure)
    }
    return try ending.get()
  }

  private mutating func take(_ event: Event, in group: inout TaskGroup<Event>) -> Ending? {
    switch event {
    case .answered(let response, _, _):
      plan.channel.budget.earn()
      return .success(response)
    case .refused(let status):
      return .failure(status)
    case .failed(let end, _):
      running -= 1
      lastFailure = end.status
      guard policy.nonFatalCodes.contains(end.status.code), !Task.isCancelled else {
        return .failure(end.status)
      }
      if let asked = end.status.retryDelay {
        wait(asked <= ClientLimits.longestHonouredDelay ? asked : nil, in: &group)
      } else if mayMakeMore {
        launch(in: &group)
      }
      return running == 0 && !pauses ? .failure(end.status) : nil
    case .mayGoOn(let number):
      guard number == pause else { return nil }
      pauses = false
      if mayMakeMore { launch(in: &group) }
      return running == 0 && !pauses ? .failure(lastFailure) : nil
    }
  }

  /// Takes from the budget where it says yes.
  private var mayMakeMore: Bool {
    made < policy.boundedAttempts && !Task.isCancelled && plan.channel.budget.take()
  }

  /// One more attempt, and the pause before the next.
  private mutating func launch(in group: inout TaskGroup<Event>) {
    made += 1
    running += 1
    let (plan, request, number, route) = (plan, request, made, route)
    group.addTask { await Self.attempt(plan, request, number, route) }
    wait(made < policy.boundedAttempts ? policy.delay : nil, in: &group)
  }

  /// The next attempt begins after `delay`, whatever was planned; nil: none does.
  private mutating func wait(_ delay: Duration?, in group: inout TaskGroup<Event>) {
    pause += 1
    pauses = delay != nil
    guard let delay else { return }
    let (loop, number) = (plan.core.loop, pause)
    group.addTask {
      // Cancelled with the others when the call is over, which nobody hears then.
      try? await loop.sleep(for: delay)
      return .mayGoOn(number)
    }
  }

  private static func attempt(
    _ plan: CallPlan, _ request: Request, _ number: Int, _ route: CallRoute
  ) async -> Event {
    var setup: AttemptSetup
    do throws(RPCStatus) {
      setup = try await plan.attempt(number, avoiding: route.last)
    } catch {
      return .refused(error)
    }
    setup.route = route
    let call = UnaryCall<Request, Response>(plan, setup, request: request)
    let end = await call.run()
    if end.status.code == .ok, let response = call.response {
      return .answered(response, end, setup)
    }
    return .failed(end, setup)
  }
}
