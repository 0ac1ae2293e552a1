import EventLoop

/// The deadlines of a channel's calls: a hashed wheel of linked lists through the calls themselves,
/// so that entering and leaving cost a few stores, which each call does once. One timer serves
/// all. Confined to its loop.
///
/// A call whose tick is more than a round away stays in its slot and is looked at once a round.
final class CallWheel {
  private let loop: EventLoop
  private var slots: [ClientCall?] = Array(repeating: nil, count: ClientLimits.wheelSlots)
  private(set) var count = 0
  /// Everything due up to here was taken.
  private var doneTick: UInt64 = 0
  private var armedTick = UInt64.max
  private var timer: TimerID?
  private var isEnding = false

  init(loop: EventLoop) { self.loop = loop }

  private func slot(_ tick: UInt64) -> Int {
    Int(truncatingIfNeeded: tick % UInt64(ClientLimits.wheelSlots))
  }

  /// Takes a call that has a deadline.
  func insert(_ call: ClientCall) {
    if count == 0 { doneTick = loop.nanoseconds / ClientLimits.wheelTickNanoseconds }
    count += 1
    // The tick that begins after the deadline, so that none ends early.
    let due = call.setup.deadlineNanoseconds / ClientLimits.wheelTickNanoseconds
    let tick = max(due, doneTick) + 1
    let slot = slot(tick)
    let next = slots[slot]
    call.wheelTick = tick
    call.wheelNext = next
    next?.wheelPrevious = call
    call.wheelPrevious = nil
    slots[slot] = call
    if tick < armedTick { arm(tick) }
  }

  /// A call that is not in the wheel is no error.
  func remove(_ call: ClientCall) {
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
    if count == 0, isEnding { disarm() }
  }

  /// The channel was closed: without calls there is no timer, which would hold the wheel until the
  /// deadline of a call that is long over.
  func end() {
    isEnding = true
    if count == 0 { disarm() }
  }

  private func disarm() {
    if let timer { loop.cancel(timer) }
    timer = nil
    armedTick = .max
  }

  private func arm(_ tick: UInt64) {
    if let timer { loop.cancel(timer) }
    armedTick = tick
    let (due, overflow) = tick.multipliedReportingOverflow(by: ClientLimits.wheelTickNanoseconds)
    let now = EventLoop.clock()
    let delay = overflow ? UInt64.max : due > now ? due - now : 0
    timer = loop.schedule(after: .nanoseconds(Int64(clamping: delay))) {
      self.fire()
    }
  }

  private func fire() {
    timer = nil
    armedTick = .max
    let now = EventLoop.clock() / ClientLimits.wheelTickNanoseconds
    let first = doneTick
    let span = now > first ? min(now - first, UInt64(ClientLimits.wheelSlots)) : 0
    doneTick = max(first, now)
    for offset in 0..<span {
      var due: [ClientCall] = []
      var next = slots[slot(first + 1 + offset)]
      while let call = next {
        if call.wheelTick <= now { due.append(call) }
        next = call.wheelNext
      }
      // One may end another, which is not in the wheel any more then.
      for call in due where call.wheelTick != 0 {
        remove(call)
        call.deadlinePassed()
      }
    }
    armNext()
  }

  private func armNext() {
    guard count > 0, armedTick == .max else { return }
    for offset in 1...UInt64(ClientLimits.wheelSlots) where slots[slot(doneTick + offset)] != nil {
      return arm(doneTick + offset)
    }
  }
}
