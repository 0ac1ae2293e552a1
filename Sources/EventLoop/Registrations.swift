/// A descriptor's place in a loop. Stale ones (its place was reused) are recognized and ignored.
package struct Registration: Sendable, Hashable {
  let index: UInt32
  let generation: UInt32
  /// The descriptor that was registered; the caller owns and closes it after `deregister`.
  package let descriptor: Int32

  var token: UInt64 { UInt64(generation) << 32 | UInt64(index) }
}

/// The handlers of a loop by token. An event of the same turn that belongs to a descriptor which an
/// earlier handler closed finds another generation, and nothing is called.
struct Registrations {
  private struct Slot {
    var generation: UInt32 = 0
    var handler: (any ReadinessHandler)?
  }

  private var slots: ContiguousArray<Slot> = []
  private var free: ContiguousArray<UInt32> = []

  mutating func add(_ handler: any ReadinessHandler, descriptor: Int32) -> Registration {
    let index: UInt32
    if let reused = free.popLast() {
      index = reused
    } else {
      index = UInt32(slots.count)
      slots.append(Slot())
    }
    slots[Int(index)].handler = handler
    return Registration(
      index: index, generation: slots[Int(index)].generation, descriptor: descriptor)
  }

  /// True if the registration was still valid.
  mutating func remove(_ registration: Registration) -> Bool {
    let index = Int(registration.index)
    guard isCurrent(registration) else { return false }
    slots[index].handler = nil
    slots[index].generation &+= 1
    free.append(registration.index)
    return true
  }

  func isCurrent(_ registration: Registration) -> Bool {
    let slot = slots[Int(registration.index)]
    return slot.generation == registration.generation && slot.handler != nil
  }

  func handler(token: UInt64) -> (any ReadinessHandler)? {
    let slot = slots[Int(UInt32(truncatingIfNeeded: token))]
    return slot.generation == UInt32(truncatingIfNeeded: token >> 32) ? slot.handler : nil
  }
}
