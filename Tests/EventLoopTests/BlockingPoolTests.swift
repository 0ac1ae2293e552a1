import EventLoop
import Glibc
import Synchronization
import Testing

@Suite struct BlockingPoolTests {
  private struct Refusal: Error, Equatable {}

  @Test func `work runs beside the caller and its result or error comes back`() async throws {
    let pool = BlockingPool(threads: 2, queueLimit: 8)
    let value = try await pool.run { 6 * 7 }
    #expect(value == 42)
    await #expect(throws: Refusal.self) {
      try await pool.run { () throws(Refusal) -> Int in throw Refusal() }
    }
    await pool.shutdown()
  }

  @Test func `a full queue refuses, a closed pool refuses`() async throws {
    let pool = BlockingPool(threads: 1, queueLimit: 1)
    let gate = Gate()
    async let running: Void = pool.run { gate.wait() }
    while !gate.entered { await Task.yield() }
    // One of two finds the only place taken, and says so while the thread is still held.
    let outcomes = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<2 {
        group.addTask {
          do {
            try await pool.run {}
            return true
          } catch { return error as? BlockingPoolError != .full }
        }
      }
      let first = await group.next()
      gate.open()
      return [first, await group.next()]
    }
    #expect(outcomes == [false, true])
    try await running
    await pool.shutdown()
    await #expect(throws: BlockingPoolError.closed) { try await pool.run {} }
  }

  @Test func `an address prints and resolves as people write it`() async throws {
    let pool = BlockingPool(threads: 1, queueLimit: 1)
    let addresses = try await pool.run { () throws(ResolutionError) in
      try SocketAddress.resolve(host: "127.0.0.1", port: 7443)
    }
    #expect(addresses == [.loopback(port: 7443)])
    #expect(addresses.first?.description == "127.0.0.1:7443")
    let v6 = try await pool.run { () throws(ResolutionError) in
      try SocketAddress.resolve(host: "::1", port: 1)
    }
    #expect(v6.first?.description == "[::1]:1")
    await pool.shutdown()
  }
}

/// Holds a thread until it is opened.
private final class Gate: Sendable {
  private let state = Atomic<Int>(0)
  var entered: Bool { state.load(ordering: .acquiring) & 1 != 0 }
  func open() { state.bitwiseOr(2, ordering: .releasing) }
  func wait() {
    state.bitwiseOr(1, ordering: .releasing)
    while state.load(ordering: .acquiring) & 2 == 0 { sched_yield() }
  }
}
