internal import CHiredis
internal import DequeModule
internal import EventLoop

/// One connection to Redis on a loop: commands in order, answers in order, and messages of a
/// subscription. Ends once, by `close` or by itself, and tells everyone who waits.
final class RedisConnection: ReadinessHandler, TurnEndHandler {
  typealias Completion = (Result<RedisReply, RedisFailure>) -> Void

  /// What the owner is told; on the loop.
  struct Events {
    /// The socket is connected, and login is done.
    let ready: () -> Void
    /// A message of the subscription's channel.
    let message: ([UInt8]) -> Void
    let closed: (RedisFailure) -> Void
  }

  private enum State: Equatable {
    /// -> `loggingIn` when the socket is writable, `closed`.
    case connecting
    /// -> `ready`, `closed`.
    case loggingIn
    /// -> `closed`.
    case ready
    case closed
  }

  private struct Waiter {
    let deadline: UInt64
    let complete: Completion
  }

  private let loop: EventLoop
  private let url: RedisURL
  private let handle: RedisHandle
  private var events: Events?
  private var registration: Registration?
  private var state = State.connecting
  private var waiters: Deque<Waiter> = []
  private var isSubscribed = false
  private var whenSubscribed: (() -> Void)?
  private var asksForTurnEnd = false
  /// Whether a timer looks after the oldest waiter: one at a time, however many come and go.
  private var isWatchingOldest = false
  private var timer: TimerID?
  private var lastHeard: UInt64

  init(loop: EventLoop, url: RedisURL, handle: consuming RedisHandle, events: Events) {
    self.loop = loop
    self.url = url
    self.handle = handle
    self.events = events
    lastHeard = loop.nanoseconds
  }

  /// Watches the socket; failures come as `closed`, later.
  func start() {
    guard handle.failure == nil else { return fail(handle.failure ?? "") }
    do throws(EventLoopError) {
      registration = try loop.register(
        handle.descriptor, interest: [.read, .write], handler: self)
    } catch {
      return fail("\(error)")
    }
    timer = loop.schedule(after: Limits.connectTimeout) { [weak self] in
      guard let self, self.state != .ready else { return }
      self.fail("no connection within \(Limits.connectTimeout)")
    }
  }

  var outstanding: Int { waiters.count }
  var isReady: Bool { state == .ready }

  /// Sends a command once login is done; `complete` is called exactly once.
  func send(_ arguments: [String], _ complete: @escaping Completion) {
    guard state == .ready else { return complete(.failure(RedisFailure("not connected"))) }
    guard waiters.count < Limits.outstandingCommands else {
      return complete(.failure(RedisFailure("\(waiters.count) commands wait already")))
    }
    push(arguments, complete)
  }

  /// From here on the connection takes messages instead of commands. `whenDone` is called when
  /// Redis has confirmed: what is published from then on comes.
  func subscribe(_ channel: String, whenDone: @escaping () -> Void) {
    isSubscribed = true
    whenSubscribed = whenDone
    guard handle.append(["SUBSCRIBE", channel].map { Array($0.utf8) }) else {
      return fail("out of memory")
    }
    askForTurnEnd()
    watchSubscription()
  }

  func close(_ reason: String) { fail(reason) }

  private func push(_ arguments: [String], _ complete: @escaping Completion) {
    guard handle.append(arguments.map { Array($0.utf8) }) else {
      complete(.failure(RedisFailure("out of memory")))
      return fail("out of memory")
    }
    let deadline = loop.nanoseconds &+ Limits.commandTimeout.clampedNanoseconds
    waiters.append(Waiter(deadline: deadline, complete: complete))
    askForTurnEnd()
    watchOldest()
  }

  // MARK: Login

  private func connected() {
    if let error = Socket.pendingError(handle.descriptor) { return fail("\(error)") }
    state = .loggingIn
    var commands: [[String]] = []
    if !url.password.isEmpty {
      commands.append(
        url.user.isEmpty ? ["AUTH", url.password] : ["AUTH", url.user, url.password])
    }
    if url.database != 0 { commands.append(["SELECT", String(url.database)]) }
    commands.append(["PING"])
    for (index, command) in commands.enumerated() {
      let isLast = index == commands.count - 1
      push(command) { [weak self] result in self?.loginAnswered(result, isLast: isLast) }
    }
  }

  private func loginAnswered(_ result: Result<RedisReply, RedisFailure>, isLast: Bool) {
    guard state == .loggingIn else { return }
    switch result {
    case .success(.failure(let message)): fail("Redis refused the login: \(message)")
    case .failure(let failure): fail(failure.message)
    case .success where isLast:
      state = .ready
      events?.ready()
    case .success: break
    }
  }

  // MARK: The loop's calls

  func ready(_ readiness: Readiness) {
    if state == .connecting { connected() }
    if readiness.contains(.readable) || readiness.contains(.hangup) { readReplies() }
    if state != .closed, readiness.contains(.writable) { flush() }
  }

  func turnEnded() {
    asksForTurnEnd = false
    if state != .closed { flush() }
  }

  private func askForTurnEnd() {
    guard !asksForTurnEnd else { return }
    asksForTurnEnd = true
    loop.atTurnEnd(.database, self)
  }

  private func flush() {
    guard state != .connecting else { return }
    guard let done = handle.write() else { return fail(handle.failure ?? "write failed") }
    if let registration { loop.setInterest(registration, done ? .read : [.read, .write]) }
  }

  private func readReplies() {
    // One read a turn: the descriptor is level-triggered, what is left wakes the loop again.
    guard handle.read() else { return fail(handle.failure ?? "the connection was closed") }
    lastHeard = loop.nanoseconds
    do throws(RedisFailure) {
      while state != .closed, let reply = try handle.nextReply() { take(reply) }
    } catch {
      return fail(error.message)
    }
    if state != .closed, handle.unreadBytes > Limits.replyBytes {
      fail("a reply of over \(Limits.replyBytes) bytes")
    }
  }

  private func take(_ reply: RedisReply) {
    if isSubscribed {
      if case .array(let parts) = reply, parts.count == 3, parts[0] == .text(Array("message".utf8)),
        case .text(let payload) = parts[2]
      {
        events?.message(payload)
      } else if case .array(let parts) = reply, parts.first == .text(Array("subscribe".utf8)) {
        whenSubscribed?()
        whenSubscribed = nil
      } else if case .failure(let message) = reply {
        fail("Redis refused the subscription: \(message)")
      }
      return
    }
    guard let waiter = waiters.popFirst() else { return fail("an answer that nobody asked for") }
    waiter.complete(.success(reply))
  }

  // MARK: Timeouts

  private func watchOldest() {
    guard !isWatchingOldest, let oldest = waiters.first else { return }
    isWatchingOldest = true
    let wait = oldest.deadline > loop.nanoseconds ? oldest.deadline - loop.nanoseconds : 0
    _ = loop.schedule(after: .nanoseconds(Int64(clamping: wait))) { [weak self] in
      guard let self else { return }
      self.isWatchingOldest = false
      guard let oldest = self.waiters.first, self.state != .closed else { return }
      if oldest.deadline <= self.loop.nanoseconds {
        self.fail("no answer within \(Limits.commandTimeout)")
      } else {
        self.watchOldest()
      }
    }
  }

  /// A subscription is silent for hours: PING tells whether somebody is there.
  private func watchSubscription() {
    _ = loop.schedule(after: Limits.subscriptionPing) { [weak self] in
      guard let self, self.state != .closed else { return }
      let silence = self.loop.nanoseconds &- self.lastHeard
      if silence > Limits.subscriptionPing.clampedNanoseconds * 2 {
        return self.fail("no sign of life")
      }
      _ = self.handle.append([Array("PING".utf8)])
      self.askForTurnEnd()
      self.watchSubscription()
    }
  }

  // MARK: The end

  private func fail(_ message: String) {
    guard state != .closed else { return }
    state = .closed
    if let timer { loop.cancel(timer) }
    if let registration { loop.deregister(registration) }
    let (waiting, events) = (waiters, events)
    waiters = []
    self.events = nil
    let failure = RedisFailure(message)
    for waiter in waiting { waiter.complete(.failure(failure)) }
    events?.closed(failure)
  }
}
