import Glibc
import Testing

@testable import EventLoop

@Suite struct BusyPollTests {
  private static let limit: UInt64 = 50_000

  /// A loop that had one quick event after the other, all of `token`.
  private static func awake(_ token: UInt64 = 7) -> BusyPoll {
    var poll = BusyPoll(limit: limit)
    for _ in 0...Limits.busyPollStreak { poll.turned(only: token, waited: limit) }
    return poll
  }

  @Test func `one descriptor's events, each soon after the last, keep a loop awake`() {
    var poll = BusyPoll(limit: Self.limit)
    #expect(!poll.isTiming)
    for _ in 0..<Limits.busyPollStreak {
      #expect(!poll.isDue)
      poll.turned(only: 7, waited: Self.limit)
    }
    // The first of them followed nothing.
    #expect(!poll.isDue && poll.isTiming)
    poll.turned(only: 7, waited: 0)
    #expect(poll.isDue)
  }

  @Test(arguments: [
    (token: UInt64?(7), waited: limit + 1), (token: 8, waited: 0), (token: nil, waited: 0),
  ])
  func
    `a pause, another descriptor or several at once let it sleep until such events have come again`(
      _ end: (token: UInt64?, waited: UInt64)
    )
  {
    var poll = Self.awake()
    #expect(poll.isDue)
    poll.turned(only: end.token, waited: end.waited)
    #expect(!poll.isDue && poll.isTiming == (end.token != nil))
    for _ in 0..<Limits.busyPollStreak { poll.turned(only: 7, waited: 0) }
    #expect(poll.isDue == (end.token == 7))
  }

  @Test func `without a limit it never does`() {
    var poll = BusyPoll(limit: 0)
    for _ in 0...2 * Limits.busyPollStreak {
      poll.turned(only: 7, waited: 0)
      #expect(!poll.isTiming)
    }
    #expect(!BusyPoll(limit: 0).isDue)
  }

  @Test func `a loop that stays awake runs timers and what other threads ask for`() async throws {
    let loop = try EventLoop.start(busyPoll: .seconds(3_600))
    let echo = try await loop.run { () throws in try Echo(on: loop) }
    // Each is answered before the next is sent: from here on the loop does not sleep.
    for _ in 0..<4 * Limits.busyPollStreak { #expect(echo.roundTrip() == 1) }
    #expect(await loop.run { loop.isCurrent })
    for _ in 0..<4 * Limits.busyPollStreak { #expect(echo.roundTrip() == 1) }
    let slept = await loop.run { () async -> Bool in
      for _ in 0..<4 { try? await loop.sleep(for: .milliseconds(1)) }
      return loop.isCurrent
    }
    #expect(slept)
    await loop.run { echo.end() }
    await loop.shutdown()
  }
}

/// Answers each byte with itself, on a loop.
private final class Echo: ReadinessHandler, @unchecked Sendable {
  // @unchecked: the registration is the loop's; the descriptors do not change.
  private let loop: EventLoop
  private let (near, far): (Int32, Int32)
  private var registration: Registration?

  init(on loop: EventLoop) throws {
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
      throw EventLoopError(call: "socketpair", code: errno)
    }
    self.loop = loop
    (near, far) = (ends[0], ends[1])
    registration = try loop.register(far, interest: .read, handler: self)
  }

  func ready(_ readiness: Readiness) {
    var byte: UInt8 = 0
    if read(far, &byte, 1) == 1 { _ = write(far, &byte, 1) }
  }

  /// Bytes that came back.
  func roundTrip() -> Int {
    var byte: UInt8 = 1
    guard write(near, &byte, 1) == 1 else { return -1 }
    return read(near, &byte, 1)
  }

  func end() {
    if let registration { loop.deregister(registration) }
    close(near)
    close(far)
  }
}
