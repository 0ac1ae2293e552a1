import EventLoop
import Messages
import Transport

/// Looks at a server from outside its calls: goes round its loops and asks each for what is its.
struct ServerInspection: Sendable {
  let loops: [ServerLoop]

  /// The server in sum.
  func server() async -> GetServerStatisticsResponse {
    var answer = GetServerStatisticsResponse(
      startedAt: loops.first?.catalog.startedAt, loops: Int32(clamping: loops.count))
    var traffic = TrafficStatistics()
    for server in loops {
      let part = await server.loop.run { LoopSum(server) }
      answer.connectionsAccepted += part.accepted
      answer.connectionsOpen += part.open
      answer.connectionsRefused += part.refused
      traffic.add(part.traffic, open: part.running)
    }
    answer.traffic = traffic
    return answer
  }

  private struct LoopSum: Sendable {
    let accepted: UInt64
    let open: UInt64
    let refused: UInt64
    let running: Int
    private(set) var traffic: ConnectionTraffic

    init(_ server: ServerLoop) {
      accepted = server.accepted
      open = UInt64(server.connections.count)
      refused = server.refusedConnections
      running = server.admitted
      traffic = server.pastTraffic
      for connection in server.connections.values { traffic.add(connection.traffic) }
    }
  }

  /// Up to `limit` connections behind the one with the id `after`, by id.
  func connections(after: UInt64, limit: Int) async -> [ConnectionStatistics] {
    var found: [ConnectionStatistics] = []
    for (index, server) in loops.enumerated() where found.count < limit {
      let first = ConnectionNumber(loop: index, number: 0).id
      guard after < ConnectionNumber(loop: index + 1, number: 0).id else { continue }
      let rest = limit - found.count
      found += await server.loop.run {
        let numbers = server.connections.keys.filter { first + $0 > after }.sorted().prefix(rest)
        return numbers.compactMap { server.connections[$0]?.statistics(loop: index) }
      }
    }
    return found
  }

  /// Every method that was called, or every method, by path; nothing without `CallMetrics`.
  func methods() async -> [MethodMetrics] {
    var all: [MethodMetrics] = []
    for server in loops {
      let part = await server.loop.run { server.metrics?.methods ?? [] }
      if all.isEmpty {
        all = part
      } else {
        for index in part.indices { all[index].add(part[index]) }
      }
    }
    return all
  }
}

/// A connection's number on its loop and the loop's, as one number.
struct ConnectionNumber {
  /// 2⁴⁰ connections of one loop are a thousand a second for 35 years.
  private static let numberBits: UInt64 = 40

  let loop: Int
  let number: UInt64

  var id: UInt64 { UInt64(loop) << Self.numberBits | number }
}

extension ServerConnection {
  /// On the loop.
  func statistics(loop index: Int) -> ConnectionStatistics {
    let now = server.loop.nanoseconds
    func passed(since then: UInt64) -> Duration {
      .nanoseconds(Int64(clamping: now > then ? now - then : 0))
    }
    var counts = TrafficStatistics()
    counts.add(traffic, open: running)
    let age = passed(since: establishedNanoseconds)
    let heard = connection?.lastHeardNanoseconds ?? establishedNanoseconds
    return ConnectionStatistics(
      id: ConnectionNumber(loop: index, number: number).id, loop: Int32(clamping: index),
      peer: peer, clientCertificate: certificateSubject ?? "", cipher: connection?.cipher ?? "",
      connectedAt: Timestamp.now(before: age), idle: ProtobufDuration(passed(since: heard)),
      draining: isDraining || connection == nil, traffic: counts)
  }
}

extension TrafficStatistics {
  fileprivate mutating func add(_ other: ConnectionTraffic, open: Int) {
    streamsOpened &+= other.streamsOpened
    streamsOpen &+= UInt64(open)
    streamsFailed &+= other.streamsFailed
    messagesReceived &+= other.messagesReceived
    messagesSent &+= other.messagesSent
    bytesReceived &+= other.bytesReceived
    bytesSent &+= other.bytesSent
  }
}
