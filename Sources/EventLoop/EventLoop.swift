internal import CLinux
internal import DequeModule
internal import Glibc
internal import Synchronization

/// One epoll set and one thread. Tasks that prefer it as their executor run on that thread, so a
/// handler, the socket it answers and the database connection it asks share a thread without a
/// lock.
///
/// Everything marked "on the loop" is confined to that thread; `execute`, `run`, `spawn`, `sleep`
/// and `enqueue` may be called from anywhere.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
  // @unchecked: `inbox` is a Mutex; all else is touched on the loop's own thread only, which the
  // entry points check in debug builds; `thread` is atomic.
  package let index: Int
  let name: String
  private let epoll: Int32
  private let wakeup: Int32
  private let inbox = Mutex(Inbox())
  /// Zero once it has ended: its id may then be another thread's.
  private let thread = Atomic<pthread_t>(0)

  @exclusivity(unchecked) private var jobs: Deque<UnownedJob> = []
  @exclusivity(unchecked) private var registrations = Registrations()
  @exclusivity(unchecked) private var timers = Timers()
  @exclusivity(unchecked) private var turnEnd: [ContiguousArray<any TurnEndHandler>] =
    TurnPhase.allCases.map { _ in [] }
  @exclusivity(unchecked) private var turnEndSpare: ContiguousArray<any TurnEndHandler> = []
  @exclusivity(unchecked) private var stopping = false
  @exclusivity(unchecked) private var cachedNanoseconds: UInt64 = 0
  @exclusivity(unchecked) private var busyPoll: BusyPoll

  /// What other threads leave for the loop. `running` ends exactly once; then nothing is accepted.
  private struct Inbox {
    var jobs: [UnownedJob] = []
    var calls: [@Sendable () -> Void] = []
    var running = true
    var ended: [UnsafeContinuation<Void, Never>] = []
    var isEmpty: Bool { jobs.isEmpty && calls.isEmpty }
  }

  private init(index: Int, name: String, busyPoll: BusyPoll, epoll: Int32, wakeup: Int32) {
    self.index = index
    self.name = name
    self.busyPoll = busyPoll
    self.epoll = epoll
    self.wakeup = wakeup
  }

  deinit {
    close(epoll)
    close(wakeup)
  }

  /// Starts a loop on a thread of its own.
  ///
  /// - Parameter busyPoll: how long it stays awake for the next event of a descriptor that alone
  ///   brings one event after the other; `BusyPoll` has the rule.
  package static func start(
    index: Int = 0, name: String = "berth-loop", busyPoll: Duration = .zero
  ) throws(EventLoopError) -> EventLoop {
    let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw .last("epoll_create1") }
    let wakeup = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard wakeup >= 0 else {
      let error = EventLoopError.last("eventfd")
      close(epoll)
      throw error
    }
    let loop = EventLoop(
      index: index, name: name, busyPoll: BusyPoll(limit: busyPoll.clampedNanoseconds),
      epoll: epoll, wakeup: wakeup)
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: Self.wakeupToken))
    guard epoll_ctl(epoll, EPOLL_CTL_ADD, wakeup, &event) == 0 else { throw .last("epoll_ctl") }
    try loop.startThread()
    return loop
  }

  private static let wakeupToken = UInt64.max

  private func startThread() throws(EventLoopError) {
    // The new thread waits for the lock, so `thread` is set before anything runs on the loop.
    let result = inbox.withLock { _ in
      var id = pthread_t()
      let result = pthread_create(
        &id, nil,
        { context in
          let loop = Unmanaged<EventLoop>.fromOpaque(context!).takeRetainedValue()
          berth_set_thread_name(String("\(loop.name)-\(loop.index)".prefix(15)))
          // Nobody joins it: what it has goes with its end.
          pthread_detach(pthread_self())
          loop.inbox.withLock { _ in }
          loop.turnUntilStopped()
          return nil
        }, Unmanaged.passRetained(self).toOpaque())
      thread.store(id, ordering: .relaxed)
      return result
    }
    guard result == 0 else { throw EventLoopError(call: "pthread_create", code: result) }
  }

  // MARK: From any thread

  /// Whether the caller runs on this loop's thread.
  package var isCurrent: Bool {
    thread.load(ordering: .relaxed) == pthread_self()
  }

  /// Stops a debug build whose caller is off the loop.
  package func assertCurrent() { assert(isCurrent, "off the loop \(name)-\(index)") }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      jobs.append(job)
      return
    }
    let accepted = inbox.withLock { inbox -> (running: Bool, wake: Bool) in
      guard inbox.running else { return (false, false) }
      defer { inbox.jobs.append(job) }
      return (true, inbox.isEmpty)
    }
    if accepted.wake { wake() }
    // A task that outlives its loop still ends: on the global executor.
    if !accepted.running { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
  }

  /// Runs `work` on the loop: later in this turn if called on it, soon otherwise. After the loop
  /// has ended nothing runs.
  package func execute(_ work: @escaping @Sendable () -> Void) {
    let wakes = inbox.withLock { inbox -> Bool in
      guard inbox.running else { return false }
      defer { inbox.calls.append(work) }
      return inbox.isEmpty
    }
    if wakes { wake() }
  }

  private func wake() {
    var one: UInt64 = 1
    // EAGAIN means that the counter is at its maximum: the loop is awake anyway.
    _ = write(wakeup, &one, 8)
  }

  /// Ends the loop after what is queued; returns when its thread has.
  package func shutdown() async {
    await withUnsafeContinuation { continuation in
      let running = inbox.withLock { inbox -> Bool in
        guard inbox.running else { return false }
        inbox.ended.append(continuation)
        return true
      }
      guard running else { return continuation.resume() }
      execute { self.stopping = true }
    }
  }

  // MARK: On the loop

  /// Nanoseconds of the monotonic clock, read once a turn.
  package var nanoseconds: UInt64 { cachedNanoseconds }

  /// Watches a descriptor. It stays the caller's, who deregisters it before closing it.
  package func register(
    _ descriptor: Int32, interest: Interest, handler: any ReadinessHandler
  ) throws(EventLoopError) -> Registration {
    assertCurrent()
    let registration = registrations.add(handler, descriptor: descriptor)
    var event = epoll_event(
      events: interest.epollEvents, data: epoll_data_t(u64: registration.token))
    guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
      let error = EventLoopError.last("epoll_ctl")
      _ = registrations.remove(registration)
      throw error
    }
    return registration
  }

  /// Changes what a descriptor is watched for. One that was deregistered is ignored.
  package func setInterest(_ registration: Registration, _ interest: Interest) {
    assertCurrent()
    guard registrations.isCurrent(registration) else { return }
    var event = epoll_event(
      events: interest.epollEvents, data: epoll_data_t(u64: registration.token))
    _ = epoll_ctl(epoll, EPOLL_CTL_MOD, registration.descriptor, &event)
  }

  /// Ends the watch; events of this turn that are still to come are dropped.
  package func deregister(_ registration: Registration) {
    assertCurrent()
    guard registrations.remove(registration) else { return }
    _ = epoll_ctl(epoll, EPOLL_CTL_DEL, registration.descriptor, nil)
  }

  /// Calls `body` on the loop once `delay` has passed, unless cancelled.
  package func schedule(after delay: Duration, _ body: @escaping () -> Void) -> TimerID {
    assertCurrent()
    // From the clock, not the turn's time: a long turn must not shorten a delay.
    let deadline = Self.clock().addingReportingOverflow(delay.clampedNanoseconds)
    return timers.add(deadline: deadline.overflow ? .max : deadline.partialValue, body)
  }

  /// A timer that already ran is no error.
  package func cancel(_ timer: TimerID) {
    assertCurrent()
    timers.cancel(timer)
  }

  /// Calls `handler` once at the end of this turn. The caller does not ask twice in a turn.
  package func atTurnEnd(_ phase: TurnPhase, _ handler: any TurnEndHandler) {
    assertCurrent()
    turnEnd[phase.rawValue].append(handler)
  }

  /// Runs what tasks are ready now, from within a handler: data lent for this call is still there.
  package func drainJobs() {
    assertCurrent()
    let executor = asUnownedTaskExecutor()
    var budget = Limits.jobsPerTurn
    while budget > 0, let job = jobs.popFirst() {
      job.runSynchronously(on: executor)
      budget -= 1
    }
  }

  /// Runs a task here and now, ahead of the others and up to its next suspension. `ready` makes it
  /// ready: it resumes the task's continuation or starts it on this loop. From a handler of the
  /// loop, not from a task.
  package func runNow(_ ready: () -> Void) {
    assertCurrent()
    let before = jobs.count
    ready()
    guard jobs.count > before, let job = jobs.popLast() else { return }
    job.runSynchronously(on: asUnownedTaskExecutor())
  }

  // MARK: The turn

  private func turnUntilStopped() {
    let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Limits.eventsPerTurn)
    defer { events.deallocate() }
    cachedNanoseconds = Self.clock()
    while true {
      let count = wait(events)
      if count > 0 { dispatch(UnsafeBufferPointer(start: events, count: Int(count))) }
      runTimers()
      takeInbox()
      _ = run(.reads)
      drainJobs()
      endTurn()
      if stopping, jobs.isEmpty, end() { return }
    }
  }

  /// Waits for the turn's events; how many.
  private func wait(_ events: UnsafeMutablePointer<epoll_event>) -> Int32 {
    let begin = busyPoll.isTiming ? Self.clock() : 0
    var count: Int32 = 0
    if busyPoll.isDue {
      // Work or a timer may be due before.
      let milliseconds = waitMilliseconds()
      let most = milliseconds < 0 ? UInt64.max : UInt64(milliseconds) * 1_000_000
      let limit = min(busyPoll.limit, most)
      repeat {
        count = epoll_wait(epoll, events, Int32(Limits.eventsPerTurn), 0)
      } while count == 0 && Self.clock() - begin < limit
    }
    if count == 0 {
      count = epoll_wait(epoll, events, Int32(Limits.eventsPerTurn), waitMilliseconds())
    }
    cachedNanoseconds = Self.clock()
    let token = count == 1 ? events[0].data.u64 : Self.wakeupToken
    busyPoll.turned(
      only: token == Self.wakeupToken ? nil : token, waited: cachedNanoseconds - begin)
    return count
  }

  private func waitMilliseconds() -> Int32 {
    if !jobs.isEmpty || stopping { return 0 }
    guard let deadline = timers.nextDeadline() else { return -1 }
    let now = Self.clock()
    guard deadline > now else { return 0 }
    // Rounded up: waking before the deadline would spin.
    return Int32(clamping: (deadline - now + 999_999) / 1_000_000)
  }

  private func dispatch(_ events: UnsafeBufferPointer<epoll_event>) {
    for event in events {
      if event.data.u64 == Self.wakeupToken {
        var value: UInt64 = 0
        _ = read(wakeup, &value, 8)
      } else if let handler = registrations.handler(token: event.data.u64) {
        handler.ready(Readiness(epollEvents: event.events))
      }
    }
  }

  private func runTimers() {
    // Those that a body adds wait for the next turn: their deadline lies after this turn's time.
    while let body = timers.popDue(now: cachedNanoseconds) { body() }
  }

  private func takeInbox() {
    let taken = inbox.withLock { inbox in
      let taken = (inbox.jobs, inbox.calls)
      inbox.jobs.removeAll(keepingCapacity: true)
      inbox.calls.removeAll(keepingCapacity: true)
      return taken
    }
    for call in taken.1 { call() }
    jobs.append(contentsOf: taken.0)
  }

  private func endTurn() {
    for _ in 0..<Limits.turnEndRounds {
      var called = false
      for phase in TurnPhase.allCases where run(phase) { called = true }
      if !called { return }
    }
    // Whoever still asks is called at the end of the next turn, which must not wait for an event.
    if turnEnd.contains(where: { !$0.isEmpty }) { wake() }
  }

  /// Calls who asked for the phase; false: nobody did.
  private func run(_ phase: TurnPhase) -> Bool {
    guard !turnEnd[phase.rawValue].isEmpty else { return false }
    // Two arrays a phase in turn, so that none is copied.
    swap(&turnEnd[phase.rawValue], &turnEndSpare)
    turnEndSpare.withUnsafeBufferPointer { handlers in
      for handler in handlers { handler.turnEnded() }
    }
    turnEndSpare.removeAll(keepingCapacity: true)
    return true
  }

  /// True if nothing came in meanwhile: the loop accepts nothing any more and its waiters resume.
  private func end() -> Bool {
    let ended = inbox.withLock { inbox -> [UnsafeContinuation<Void, Never>]? in
      guard inbox.isEmpty else { return nil }
      inbox.running = false
      return inbox.ended
    }
    guard let ended else { return false }
    // From here on nothing is left for this thread, also not by those that go on now.
    thread.store(0, ordering: .relaxed)
    for continuation in ended { continuation.resume() }
    return true
  }

  /// Nanoseconds of the monotonic clock now. From anywhere.
  package static func clock() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}

extension Duration {
  /// Whole nanoseconds, zero for negative ones, at most `UInt64.max`.
  package var clampedNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let whole = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let sum = whole.partialValue.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
    return whole.overflow || sum.overflow ? .max : sum.partialValue
  }
}
