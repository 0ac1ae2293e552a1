internal import Synchronization

/// The loops of a process, one a core by default.
package final class EventLoopGroup: Sendable {
  /// At least one.
  package let loops: [EventLoop]
  private let counter = Atomic<Int>(0)

  private init(loops: [EventLoop]) { self.loops = loops }

  /// Starts `count` loops; those already started are ended again if one fails. `busyPoll` is each
  /// loop's.
  package static func start(
    count: Int, name: String = "berth-loop", busyPoll: Duration = .zero
  ) async throws(EventLoopError) -> EventLoopGroup {
    var loops: [EventLoop] = []
    for index in 0..<max(1, count) {
      do {
        loops.append(try EventLoop.start(index: index, name: name, busyPoll: busyPoll))
      } catch {
        for loop in loops { await loop.shutdown() }
        throw error
      }
    }
    return EventLoopGroup(loops: loops)
  }

  /// The loops in turn.
  package func next() -> EventLoop {
    let value = counter.wrappingAdd(1, ordering: .relaxed).oldValue
    return loops[Int(UInt(bitPattern: value) % UInt(loops.count))]
  }

  /// Ends all loops after what they have queued.
  package func shutdown() async {
    for loop in loops { await loop.shutdown() }
  }
}
