import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

/// Credit and rates as values: at their bounds, and random lives against plain arithmetic.
@Suite struct FlowModelTests {
  private static let most = WireLimits.maximumCreditBytes

  /// Credit there is, what is granted, and whether that may be.
  static let grants: [(Int, Int, Bool)] = [
    (0, 1, true), (0, most, true), (1, most, false), (1, most - 1, true), (most, 1, false),
    (most, 0, true), (-1, most, true), (-most, most, true), (-(4 << 20), most, true),
    (65_536, most - 65_536, true), (65_536, most - 65_535, false), (0, .max, false),
    (most, .max, false),
  ]

  @Test(arguments: grants)
  func `credit grows up to its bound and not beyond`(_ before: Int, _ bytes: Int, _ fits: Bool) {
    var window = SendWindow(availableBytes: before)
    do {
      try window.grant(bytes)
      #expect(fits)
      #expect(window.availableBytes == before + bytes)
    } catch {
      #expect(!fits)
      #expect(error.closeCode == .protocolError)
      #expect(window.availableBytes == before)
    }
  }

  @Test(arguments: [(-1, false), (0, false), (1, true), (most, true)])
  func `a message begins when there is credit at all`(_ credit: Int, _ mayBegin: Bool) {
    #expect(SendWindow(availableBytes: credit).mayBegin == mayBegin)
    var window = ReceiveWindow(sizeBytes: 100)
    _ = window.charge(100 - credit, begins: false)
    #expect(window.availableBytes == credit)
    let begins = window.charge(10, begins: true)
    #expect(begins == mayBegin)
    #expect(window.availableBytes == (mayBegin ? credit - 10 : credit))
    // What has begun goes on, whatever the credit.
    let goesOn = window.charge(10, begins: false)
    #expect(goesOn)
  }

  @Test(arguments: [(49, 0), (50, 50), (51, 51)])
  func `half a window is given back, less is not`(_ taken: Int, _ granted: Int) {
    var window = ReceiveWindow(sizeBytes: 100)
    _ = window.charge(80, begins: true)
    let result = window.giveBack(taken)
    #expect(result == granted)
    #expect(window.availableBytes == 20 + granted)
    #expect(window.owedBytes == taken - granted)
  }

  @Test(arguments: [(50, 49, 0), (50, 50, 50), (80, 19, 0), (80, 20, 20), (100, 1, 1)])
  func `as much of the connection's is given back as the peer has left, less is not`(
    _ charged: Int, _ taken: Int, _ granted: Int
  ) {
    var window = ReceiveWindow(sizeBytes: 100)
    _ = window.charge(charged, begins: true)
    let result = window.giveBackShared(taken)
    #expect(result == granted)
    #expect(window.availableBytes == 100 - charged + granted)
    #expect(window.owedBytes == taken - granted)
  }

  @Test(arguments: [(0, true, 64), (0, false, 0), (1, true, 65), (16_372, false, 16_372)])
  func `a message costs its bytes and sixty-four`(_ bytes: Int, _ begins: Bool, _ cost: Int) {
    #expect(SendWindow.cost(bytes: bytes, begins: begins) == cost)
  }

  /// Two ends with random messages between them, and the plain sum of all that happened.
  @Test func `random lives of credit are plain arithmetic`() throws {
    let seed = TestSeed.draw()
    for round in 0..<10_000 {
      var random = seed.generator(round)
      if let difference = try Self.liveOfCredit(using: &random) {
        Issue.record("\(seed), round \(round): \(difference)")
        return
      }
    }
  }

  private static func liveOfCredit(using random: inout SeededGenerator) throws -> String? {
    let size = [65_536, 100_000, 1 << 20].randomElement(using: &random) ?? 65_536
    var sender = SendWindow(availableBytes: size)
    var receiver = ReceiveWindow(sizeBytes: size)
    var (sent, granted, taken) = (0, 0, 0)
    var untaken: [Int] = []
    for _ in 0..<60 {
      let credit = size - sent + granted
      if sender.availableBytes != credit || receiver.availableBytes != credit {
        return "\(sender.availableBytes) and \(receiver.availableBytes), not \(credit)"
      }
      if Bool.random(using: &random) {
        let bytes = Int.random(in: 0...40_000, using: &random)
        let cost = SendWindow.cost(bytes: bytes, begins: true)
        let isCharged = receiver.charge(cost, begins: true)
        if sender.mayBegin != (credit > 0) || isCharged != (credit > 0) {
          return "a message began with \(credit): \(sender.mayBegin), \(isCharged)"
        }
        guard isCharged else { continue }
        sender.spend(cost)
        sent += bytes + 64
        untaken.append(bytes + 64)
        let left = size - sent + granted
        let window = receiver.giveBackWhenUsedUp()
        if window != (left <= 0 ? taken - granted : 0) { return "\(window) back with \(left)" }
        granted += window
        if window > 0 { try sender.grant(window) }
      } else if let cost = untaken.popLast() {
        taken += cost
        let window = receiver.giveBackShared(cost)
        let owed = taken - granted
        if window != (owed >= credit ? owed : 0) { return "\(window) given back of \(owed)" }
        granted += window
        if window > 0 { try sender.grant(window) }
      }
    }
    return nil
  }

  @Test func `random lives of a rate are those counted one by one`() {
    let seed = TestSeed.draw()
    for round in 0..<10_000 {
      var random = seed.generator(round)
      let burst = Int.random(in: 0...5, using: &random)
      let interval = Int.random(in: 1...12, using: &random)
      var time = Int.random(in: 0...1_000, using: &random)
      var budget = RateBudget(
        burst: burst, intervalNanoseconds: UInt64(interval), now: UInt64(time))
      var model = ReferenceRate(burst: burst, interval: interval, now: time)
      for _ in 0..<40 {
        time += [0, 0, 1, 3, 12, 40].randomElement(using: &random) ?? 0
        let real = budget.take(now: UInt64(time))
        let expected = model.take(at: time)
        if real != expected {
          Issue.record("\(seed), round \(round): at \(time) \(real), not \(expected)")
          return
        }
      }
    }
  }

  /// Times and amounts at the ends of their types: never a trap, never more than the burst.
  @Test(arguments: [0, 1, 100, Int.max], [0, 1, UInt64(1) << 40, .max])
  func `a rate of any size takes any time`(_ burst: Int, _ interval: UInt64) {
    var budget = RateBudget(burst: burst, intervalNanoseconds: interval, now: 5)
    for time in [5, 4, 6, UInt64.max, 0, UInt64.max] { _ = budget.take(now: time) }
    if burst == 0 {
      let taken = budget.take(now: .max)
      #expect(!taken)
    }
  }
}
