import EventLoop

/// The deadlines of a loop's calls: a hashed wheel of linked lists through the calls themselves,
/// so that entering and leaving cost a few stores, which each call does once. One timer serves
/// all. Confined to its loop.
///
/// A call whose tick is more than a round away stays in its slot and is looked at once a round.
final class DeadlineWheel {
  private let loop: EventLoop
  @exclusivity(unchecked) private var slots: [ServerCall?] = Array(
    repeating: nil, count: ServerLimits.wheelSlots)
  @exclusivity(unchecked) private(set) var count = 0
  /// Everything due up to here was taken.
  @exclusivity(unchecked) private var doneTick: UInt64 = 0
  @exclusivity(unchecked) private var armedTick = UInt64.max
  @exclusivity(unchecked) private var timer: TimerID?

  init(loop: EventLoop) { self.loop = loop }

  private func slot(_ tick: UInt64) -> Int {
    Int(truncatingIfNeeded: tick % UInt64(ServerLimits.wheelSlots))
  }

  /// Takes a call that has a deadline.
  func insert(_ call: ServerCall) {
    if count == 0 { doneTick = loop.nanoseconds / ServerLimits.wheelTickNanoseconds }
    count += 1
    // The tick that begins after the deadline, so that none ends early.
    let tick = max(call.deadlineNanoseconds / ServerLimits.wheelTickNanoseconds, doneTick) + 1
    call.wheelTick = tick
    let slot = slot(tick)
    let next = slots[slot]
    call.wheelNext = next
    next?.wheelPrevious = call
    call.wheelPrevious = nil
    slots[slot] = call
    if tick < armedTick { arm(tick) }
  }

  /// A call that is not in the wheel is no error.
  func remove(_ call: ServerCall) {
    guard call.wheelTick != 0 else { return }
    if let previous = call.wheelPrevious {
      previous.wheelNext = call.wheelNext
    } else {
      slots[slot(call.wheelTick)] = call.wheelNext
    }
    call.wheelNext?.wheelPrevious = call.wheelPrevious
    call.wheelNext = nil
    call.wheelPrevious = nil
    call.wheelTick = 0
    count -= 1
  }

  /// The server ends: no call comes any more, and the loop, which may go on, forgets the wheel.
  func stop() {
    if let timer { loop.cancel(timer) }
    timer = nil
  }

  private func arm(_ tick: UInt64) {
    if let timer { loop.cancel(timer) }
    armedTick = tick
    let (due, overflow) = tick.multipliedReportingOverflow(by: ServerLimits.wheelTickNanoseconds)
    let now = MonotonicClock.nanoseconds()
    let delay = overflow || due > now ? (overflow ? UInt64.max : due) &- now : 0
    // Not weak: each retain of an object that somebody holds weakly is slow. `stop` lets go.
    timer = loop.schedule(after: .nanoseconds(Int64(clamping: delay))) { self.fire() }
  }

  private func fire() {
    timer = nil
    armedTick = .max
    let now = MonotonicClock.nanoseconds() / ServerLimits.wheelTickNanoseconds
    let span = now > doneTick ? min(now - doneTick, UInt64(ServerLimits.wheelSlots)) : 0
    let first = doneTick
    doneTick = max(doneTick, now)
    for offset in 0..<span {
      var call = slots[slot(first + 1 + offset)]
      var due: [ServerCall] = []
      while let candidate = call {
        if candidate.wheelTick <= now { due.append(candidate) }
        call = candidate.wheelNext
      }
      for call in due where call.wheelTick != 0 {
        remove(call)
        call.deadlinePassed()
      }
    }
    armNext()
  }

  private func armNext() {
    guard count > 0, armedTick == .max else { return }
    for tick in doneTick + 1...doneTick + UInt64(ServerLimits.wheelSlots)
    where slots[slot(tick)] != nil {
      return arm(tick)
    }
  }
}
