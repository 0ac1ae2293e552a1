import Synchronization
import Testing

@testable import Domain

struct PlatformWatchTests {
  /// Takes as long on the clock as it is told, and counts.
  private final class Store: StatisticsStore, MonotonicClock {
    struct State {
      var now = ContinuousClock.now
      var reads = 0
      var duration = Duration.zero
      var failure: DomainError?
      var deadlines: [Instant] = []
    }

    let state = Mutex(State())

    func now() -> ContinuousClock.Instant { state.withLock { $0.now } }

    func pass(_ duration: Duration) { state.withLock { $0.now += duration } }

    func platform(
      heardBefore deadline: Instant, now: Instant
    ) async throws(DomainError) -> PlatformStatistics {
      let (reads, failure) = state.withLock { state in
        state.reads += 1
        state.now += state.duration
        state.deadlines.append(deadline)
        return (state.reads, state.failure)
      }
      // Others come meanwhile.
      for _ in 0..<20 { await Task.yield() }
      if let failure { throw failure }
      var platform = PlatformStatistics()
      platform.running = reads
      return platform
    }
  }

  private static func watch(_ store: Store) -> PlatformWatch {
    PlatformWatch(
      store: store, clock: SettableClock(), monotonic: store, lostAfter: .seconds(15))
  }

  @Test func `it is read again no sooner than twenty times as long as it took`() async throws {
    let store = Store()
    store.state.withLock { $0.duration = .seconds(2) }
    let watch = Self.watch(store)
    let first = try await watch.read()
    #expect(first.took == .seconds(2))
    store.pass(.seconds(39))
    #expect(try await watch.read().statistics.running == 1)
    store.pass(.seconds(2))
    #expect(try await watch.read().statistics.running == 2)
    // One that is quick is read again after a second all the same.
    store.state.withLock { $0.duration = .zero }
    store.pass(.seconds(100))
    #expect(try await watch.read().statistics.running == 3)
    store.pass(.milliseconds(900))
    #expect(try await watch.read().statistics.running == 3)
    store.pass(.milliseconds(200))
    #expect(try await watch.read().statistics.running == 4)
  }

  @Test func `those who ask at once share one reading`() async throws {
    let store = Store()
    let watch = Self.watch(store)
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<50 { group.addTask { try await watch.read().statistics.running } }
      for try await running in group { #expect(running == 1) }
    }
    #expect(store.state.withLock { $0.reads } == 1)
  }

  @Test func `a failure is told, and the next one asks again`() async throws {
    let store = Store()
    let watch = Self.watch(store)
    store.state.withLock { $0.failure = .unavailable("away", after: .seconds(1)) }
    await #expect(throws: DomainError.self) { try await watch.read() }
    store.state.withLock { $0.failure = nil }
    #expect(try await watch.read().statistics.running == 2)
  }
}
