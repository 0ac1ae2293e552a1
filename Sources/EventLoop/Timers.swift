internal import HeapModule

/// Names one scheduled call, for cancelling it.
package struct TimerID: Hashable, Sendable {
  let value: UInt64
}

/// The timers of a loop. Cancelling is constant time: the heap's entry is left behind and dropped
/// when its turn comes, or when too many have gathered.
struct Timers {
  private struct Entry: Comparable {
    let deadline: UInt64
    let id: UInt64

    static func < (a: Entry, b: Entry) -> Bool {
      a.deadline != b.deadline ? a.deadline < b.deadline : a.id < b.id
    }
  }

  private var heap = Heap<Entry>()
  private var bodies: [UInt64: () -> Void] = [:]
  private var nextID: UInt64 = 1

  var count: Int { bodies.count }

  mutating func add(deadline: UInt64, _ body: @escaping () -> Void) -> TimerID {
    let id = nextID
    nextID += 1
    heap.insert(Entry(deadline: deadline, id: id))
    bodies[id] = body
    return TimerID(value: id)
  }

  mutating func cancel(_ timer: TimerID) {
    bodies[timer.value] = nil
    if heap.count > bodies.count * 2 + Limits.deadTimers {
      heap = Heap(heap.unordered.filter { bodies[$0.id] != nil })
    }
  }

  /// The next deadline, in nanoseconds of the monotonic clock.
  mutating func nextDeadline() -> UInt64? {
    while let first = heap.min, bodies[first.id] == nil { heap.removeMin() }
    return heap.min?.deadline
  }

  /// The next body that is due at `now`, removed.
  mutating func popDue(now: UInt64) -> (() -> Void)? {
    while let first = heap.min, first.deadline <= now {
      heap.removeMin()
      if let body = bodies.removeValue(forKey: first.id) { return body }
    }
    return nil
  }
}
