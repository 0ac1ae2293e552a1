import Cryptography
import EventLoop

/// The connections of a loop that were read from a short while ago: their TLS sessions keep their
/// buffers. To ask malloc for 17 KiB and give them back for every record costs more than the call
/// that the record brings; to keep them for thousands of idle connections, most of their memory.
/// Confined to its loop.
final class WarmConnections {
  private let loop: EventLoop
  private let limit: Int
  private let time: Duration
  @exclusivity(unchecked) private var connections: ContiguousArray<Connection> = []
  @exclusivity(unchecked) private var timer: TimerID?

  init(loop: EventLoop, limits: TransportLimits) {
    self.loop = loop
    limit = limits.warmConnections
    time = limits.warmTime
  }

  /// A connection that is open is about to be read from. If there are too many it stays cold.
  func add(_ connection: Connection) {
    guard connection.warmIndex == nil, connections.count < limit else { return }
    connection.warmIndex = connections.count
    connections.append(connection)
    connection.session.keepsBuffers(true)
    if timer == nil { arm() }
  }

  /// A connection that is over. One that is not warm is no error.
  func remove(_ connection: Connection) {
    guard let index = connection.warmIndex else { return }
    connection.warmIndex = nil
    let last = connections.removeLast()
    guard last !== connection else { return }
    connections[index] = last
    last.warmIndex = index
  }

  private func arm() {
    timer = loop.schedule(after: time) { self.cool() }
  }

  /// Lets go of those that were not read from since the last time.
  private func cool() {
    timer = nil
    let limit = time.clampedNanoseconds
    let now = loop.nanoseconds
    for connection in connections where now &- connection.lastReadNanoseconds >= limit {
      remove(connection)
      connection.session.keepsBuffers(false)
    }
    if !connections.isEmpty { arm() }
  }
}
