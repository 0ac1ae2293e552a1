import EventLoop
import Glibc
import Synchronization
import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

/// What the connections of a loop read in one turn is lent until all of it was handed on.
@Suite struct ReadBatchTests {
  /// Requests of `bytes` bytes from each of `count` connections, all there before the server looks.
  private func batch(
    _ count: Int, bytes: Int, cut: Int? = nil
  ) async throws -> (results: [TestCall.Result], server: TestServer.Log) {
    let server = try await TestServer.start()
    var clients: [TestClient] = []
    for _ in 0..<count { clients.append(try await TestClient.connect(to: server)) }
    let hold = LoopHold()
    let calls = try await withThrowingTaskGroup { group in
      group.addTask { await server.loop.run { hold.wait() } }
      var calls: [TestCall] = []
      for (index, client) in clients.enumerated() {
        let message = [UInt8](repeating: UInt8(index), count: bytes)
        calls.append(
          try await client.open(index == cut ? "cut" : "batch", message, end: true))
        // Its turn has ended with that: the request is on its way.
        await client.loop.run {}
      }
      hold.release()
      try await group.waitForAll()
      return calls
    }
    var results: [TestCall.Result] = []
    for call in calls { results.append(try await call.end()) }
    let log = server.log
    for client in clients { await client.stop() }
    await server.stop()
    return (results, log)
  }

  @Test func `the requests of all connections are one batch`() async throws {
    let (results, log) = try await batch(40, bytes: 100)
    #expect(results.map(\.messages) == (0..<40).map { [[UInt8](repeating: $0, count: 100)] })
    // Loopback may hand a request over a turn later.
    #expect(log.batches < 20)
  }

  @Test func `a batch ends when the buffer does, and nothing is overwritten before`() async throws {
    let (results, log) = try await batch(40, bytes: 16_000)
    #expect(results.map(\.messages) == (0..<40).map { [[UInt8](repeating: $0, count: 16_000)] })
    #expect(log.batches >= 40 * 16_000 / TransportLimits().readBufferBytes)
  }

  @Test func `what a connection lent stays when it ends`() async throws {
    let (results, log) = try await batch(20, bytes: 1_000, cut: 7)
    for (index, result) in results.enumerated() where index != 7 {
      #expect(result.messages == [[UInt8](repeating: UInt8(index), count: 1_000)])
    }
    #expect(results[7].reset == .connectionLost)
    #expect(log.orphans == [[UInt8](repeating: 7, count: 1_000)])
  }
}

/// Keeps a loop from its next turn.
private final class LoopHold: Sendable {
  private let isHeld = Atomic(true)

  func wait() { while isHeld.load(ordering: .acquiring) { usleep(1_000) } }

  func release() { isHeld.store(false, ordering: .releasing) }
}
