import Cryptography
import EventLoop
import Glibc
import TestSupport
import Testing

@testable import Transport

/// A server under abuse, a caller that must not notice, and what the process held before. In a
/// process of its own: descriptors and memory are the whole process's.
struct SoakStage {
  /// Half a kilobyte for each of 10,000 peers would be seen.
  private static let toleratedBytes = 5 << 20

  let server: SoakServer
  let client: TLSContext
  let caller: SteadyCaller
  let baseline: ProcessUse

  /// Runs `abuse` once small, so that pools and tables have their size, then whole, and expects
  /// that nothing is left of it and that valid calls went on.
  static func run(
    _ name: String, count: Int, callsOfAConnection: Int = 50,
    _ abuse: (SoakStage, Int) async throws -> Void
  ) async {
    do {
      try await runWhole(name, count: count, callsOfAConnection: callsOfAConnection, abuse)
    } catch {
      // Past an exit test's body it would end the process without a word.
      Issue.record("\(error)")
    }
  }

  private static func runWhole(
    _ name: String, count: Int, callsOfAConnection: Int,
    _ abuse: (SoakStage, Int) async throws -> Void
  ) async throws {
    signal(SIGPIPE, SIG_IGN)
    raiseDescriptorLimit()
    let server = try await SoakServer.start()
    let client = try TLSContext.client(authority: server.made.authority)
    let caller = try await SteadyCaller.start(to: server, callsOfAConnection: callsOfAConnection)
    let first = SoakStage(
      server: server, client: client, caller: caller, baseline: try await ProcessUse.measure())
    try await abuse(first, count / 5)
    try await first.settle()
    let stage = SoakStage(
      server: server, client: client, caller: caller, baseline: try await ProcessUse.measure())
    let start = ContinuousClock.now
    try await abuse(stage, count)
    try await stage.settle()
    try await stage.expectNothingLeft(name, count, after: ContinuousClock.now - start)
    await caller.stop()
    await server.stop()
  }

  static func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// Waits until the server has noticed that all but the caller are gone.
  private func settle() async throws {
    try await eventually("only the caller's connection is left", within: .seconds(30)) {
      server.census.count.connections <= 1 && server.census.count.handshakes <= 1
    }
    try await caller.waitForCalls(20)
  }

  private func expectNothingLeft(
    _ name: String, _ count: Int, after elapsed: Duration
  ) async throws {
    // The caller itself may be between two connections.
    let left = try await eventually("descriptors are back", within: .seconds(10)) {
      let use = try await ProcessUse.measure()
      return use.descriptors <= baseline.descriptors ? use : nil
    }
    let record = caller.record
    print(
      """
      \(name): \(count) in \(elapsed); before \(baseline), after \(left); \
      \(record.calls.count) calls, p99 \(record.calls.percentile(99)), \
      at most \(record.calls.percentile(100)); \
      \(record.connects.count) connects, p99 \(record.connects.percentile(99)), \
      at most \(record.connects.percentile(100))
      """)
    #expect(left.residentBytes <= baseline.residentBytes + Self.toleratedBytes)
    #expect(record.failures == [])
    #expect(record.calls.count >= 50)
    // All of them: the caller waits for each answer, so that a stall of any length is one call.
    #expect(record.calls.percentile(100) < .seconds(1))
    #expect(record.connects.percentile(100) < .seconds(1))
  }

  /// A TCP connection from one of a few addresses, so that the bound for each is not met.
  func socket(_ index: Int) throws -> Int32 {
    try RawPeer.plainSocket(port: server.port, source: 0x7f00_0002 + UInt32(index % 8))
  }

  /// The same with TLS and SETTINGS.
  func peer(_ index: Int) throws -> RawPeer {
    try RawPeer.connect(owning: socket(index), context: client)
  }
}
