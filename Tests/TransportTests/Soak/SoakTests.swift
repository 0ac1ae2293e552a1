import EventLoop
import Glibc
import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

/// Many peers and bad ones: descriptors and memory go back to where they were, and who behaves does
/// not notice. At full size, in `make test` too.
@Suite(.serialized) struct SoakTests {
  @Test func `idle connections answer when they are asked and leave nothing`() async throws {
    try await inItsOwnProcess {
      await #expect(
        processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
      ) {
        await SoakStage.run("idle connections", count: 5_000) { stage, count in
          try await SoakTests.idle(stage, count)
        }
      }
    }
  }

  private static func idle(_ stage: SoakStage, _ count: Int) async throws {
    var peers: [RawPeer] = []
    for index in 0..<count { peers.append(try stage.peer(index)) }
    try await eventually("every connection is served") {
      stage.server.census.count.connections >= count
    }
    let use = try await ProcessUse.measure()
    let bytes = (use.residentBytes - stage.baseline.residentBytes) / max(count, 1)
    print("  \(count) idle connections: \(bytes) bytes each, both ends together")
    try await stage.caller.waitForCalls(50)
    for peer in peers.enumerated().filter({ $0.offset.isMultiple(of: 50) }).map(\.element) {
      try peer.send(RawPeer.open("echo", stream: 1, message: [4, 2]))
      let reply = try peer.receive(.status)
      #expect(reply.payload.suffix(2) == [4, 2])
    }
  }

  @Test func `peers that connect and vanish leave nothing`() async throws {
    try await inItsOwnProcess {
      await #expect(
        processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
      ) {
        await SoakStage.run("abrupt resets", count: 10_000) { stage, count in
          let before = stage.server.count.closed
          for index in 0..<count { try SoakTests.vanish(stage, index) }
          // Those that were reset before they were accepted never came to be.
          try await eventually("they are gone", within: .seconds(30)) {
            stage.server.count.closed >= before + count / 2
          }
        }
      }
    }
  }

  /// Goes away by a reset: before TLS, within the handshake, after it, within a call, within a
  /// message.
  private static func vanish(_ stage: SoakStage, _ index: Int) throws {
    switch index % 5 {
    case 0: RawPeer.reset(try stage.socket(index))
    case 1:
      let descriptor = try stage.socket(index)
      // The beginning of a TLS record that says it is a ClientHello.
      let bytes: [UInt8] = [0x16, 3, 1, 1, 0, 1, 0, 0, 0xfc, 3, 3]
      #expect(write(descriptor, bytes, bytes.count) == bytes.count)
      RawPeer.reset(descriptor)
    case 2: try stage.peer(index).vanish()
    case 3:
      let peer = try stage.peer(index)
      try peer.send(RawPeer.open("hold", stream: 1, .begin, message: [1]))
      peer.vanish()
    default:
      let peer = try stage.peer(index)
      try peer.send(
        RawPeer.open("hold", stream: 1, [.begin, .more], message: [1])
          + RawPeer.data(stream: 1, .more, 16_000))
      peer.vanish()
    }
  }

  @Test func `handshakes that stall are ended and hold up nobody`() async throws {
    try await inItsOwnProcess {
      await #expect(
        processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
      ) {
        await SoakStage.run("stalled handshakes", count: 1_000) { stage, count in
          var stalled: [Int32] = []
          let before = stage.server.count.closed
          for index in 0..<count {
            let descriptor = try stage.socket(index)
            let byte: [UInt8] = [0x16]
            if index.isMultiple(of: 2) { _ = write(descriptor, byte, 1) }
            stalled.append(descriptor)
          }
          // The server ends them, not we.
          try await eventually("the server has ended them", within: .seconds(30)) {
            stage.server.count.closed >= before + count
          }
          for descriptor in stalled { close(descriptor) }
        }
      }
    }
  }

  @Test func `without a descriptor left calls go on, and with some again so do connections`()
    async throws
  {
    try await inItsOwnProcess {
      await #expect(
        processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
      ) {
        // The caller stays on its connection: its own sockets would want descriptors.
        await SoakStage.run(
          "descriptor exhaustion", count: 1_500, callsOfAConnection: .max
        ) { stage, count in
          try await SoakTests.exhaust(stage, count)
        }
      }
    }
  }

  private static func exhaust(_ stage: SoakStage, _ count: Int) async throws {
    let sockets = (0..<count).map { _ in
      socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
    }
    try #require(sockets.allSatisfy { $0 >= 0 })
    let places = count / 10
    let usual = try leave(places)
    let refused = stage.server.count.refused
    for descriptor in sockets { RawPeer.beginConnect(descriptor, port: stage.server.port) }
    // All are answered at once: some are let in, the others closed, none is left waiting.
    for _ in 0..<2_000 where stage.server.count.refused < refused + count - places {
      try await stage.caller.waitForCalls(1)
    }
    #expect(stage.server.count.refused >= refused + count - places)
    try await stage.caller.waitForCalls(20)
    for descriptor in sockets { close(descriptor) }
    for descriptor in usual.fillers { close(descriptor) }
    var limit = usual.limit
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let peer = try stage.peer(0)
    try peer.send(RawPeer.open("echo", stream: 1, message: [1]))
    #expect(try peer.receive(.status).stream == 1)
  }

  /// Lowers the limit so that exactly `places` descriptors are free.
  private static func leave(_ places: Int) throws -> (limit: rlimit, fillers: [Int32]) {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let usual = limit
    var highest: Int32 = 0
    for name in try ProcessUse.openDescriptors() { highest = max(highest, name) }
    // Every gap is filled first: what is free is then known exactly.
    var fillers: [Int32] = []
    repeat {
      fillers.append(open("/dev/null", O_RDONLY))
    } while fillers.last ?? .max < highest + Int32(places) + 10
    limit.rlim_cur = rlim_t((fillers.last ?? 0) + 1)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    for _ in 0..<places { close(fillers.removeLast()) }
    return (usual, fillers)
  }

  /// Prints what the process of the exit test printed.
  private func inItsOwnProcess(
    _ body: () async throws -> ExitTest.Result?
  ) async throws {
    let result = try await body()
    let text = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
    print(
      text.split(separator: "\n").filter { $0.contains("connections") || $0.contains("p99") }
        .joined(separator: "\n"))
  }
}
