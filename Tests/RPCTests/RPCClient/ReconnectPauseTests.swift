import Foundation
import RPCClient
import Synchronization
import TestSupport
import Testing
@_spi(Frames) import Wire

/// How often a client comes back to a server that turns it away each time.
@Suite(.timeLimit(.minutes(1))) struct ReconnectPauseTests {
  /// When the server hangs up.
  enum HangUp: CaseIterable { case beforeTLS, afterTLS }

  /// Connections that are waited for: five pauses, or four when the first is made up at once.
  private static let connections = 6

  @Test(arguments: HangUp.allCases, [Balancing.pickFirst, .roundRobin])
  func `pauses before a server that hangs up at once grow, however many calls ask for it`(
    _ hangUp: HangUp, _ balancing: Balancing
  ) async throws {
    let seen = Instants()
    let start = ContinuousClock.now
    switch hangUp {
    case .beforeTLS:
      let listener = try ClosingListener.start(seen)
      try await Self.callAgainAndAgain(listener.port, balancing, seen)
      listener.stop()
    case .afterTLS:
      try await RawServer.with { connection, _ throws in
        seen.note()
        connection.close()
      } _: { server in
        try await Self.callAgainAndAgain(server.port, balancing, seen)
      }
    }
    let times = seen.all.map { $0 - start }
    let least = Self.leastTimes(atOnce: hangUp == .afterTLS ? 1 : 0)
    for (time, bound) in zip(times, least) {
      #expect(time >= bound, "connections after \(times), at least \(least)")
    }
    // So it follows that a second sees few of them.
    #expect(times.count { $0 < .seconds(1) } <= Self.connections)
  }

  /// The earliest times of connections with pauses of 100 ms that grow by 1.6 and vary by a fifth.
  /// `atOnce`: of them follow a connection that went well without a pause.
  private static func leastTimes(atOnce: Int) -> [Duration] {
    var times = [Duration](repeating: .zero, count: 1 + atOnce)
    var pause = Duration.milliseconds(80)
    while times.count < connections {
      times.append((times.last ?? .zero) + pause)
      pause = pause * 1.6
    }
    return times
  }

  /// A call every few milliseconds, each of which is told that there is no server.
  private static func callAgainAndAgain(
    _ port: Int, _ balancing: Balancing, _ seen: Instants
  ) async throws {
    try await RPCFixture.withLoop { loop async throws in
      var setup = ChannelOptions(
        trust: .certificateAuthority(path: try TestEnvironment.certificates().authority))
      setup.loop = loop
      setup.balancing = balancing
      let channel = try Channel(to: "127.0.0.1:\(port)", options: setup)
      var once = CallOptions()
      once.retries = false
      let options = once
      try await eventually("\(connections) connections") {
        let status = await #expect(throws: RPCStatus.self) {
          try await channel.ask("", TestMethods.change, options: options)
        }
        #expect(status?.code == .unavailable)
        return seen.all.count >= connections
      }
      await channel.close(grace: .zero)
    }
  }
}

/// When something happened, in order.
private final class Instants: Sendable {
  private let instants = Mutex<[ContinuousClock.Instant]>([])

  var all: [ContinuousClock.Instant] { instants.withLock { $0 } }

  func note() { instants.withLock { $0.append(.now) } }
}

/// Closes every connection that it accepts.
private struct ClosingListener {
  let port: Int
  private let descriptor: Int32

  static func start(_ seen: Instants) throws -> ClosingListener {
    let (descriptor, port) = try LoopbackSocket.listen(backlog: 16)
    Thread.detachNewThread {
      while true {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 || errno == EINTR else { break }
        seen.note()
        close(connection)
      }
      close(descriptor)
    }
    return ClosingListener(port: port, descriptor: descriptor)
  }

  func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
