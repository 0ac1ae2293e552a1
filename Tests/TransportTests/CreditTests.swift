import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

@Suite struct CreditTests {
  @Test func `a message may begin while there is credit and then goes whole`() throws {
    var window = SendWindow(availableBytes: 1)
    #expect(window.mayBegin)
    window.spend(4 << 20)
    #expect(!window.mayBegin)
    try window.grant(4 << 20)
    #expect(window.mayBegin)
    #expect(window.availableBytes == 1)
  }

  @Test func `credit over its bound is refused`() {
    var window = SendWindow(availableBytes: WireLimits.maximumCreditBytes)
    #expect(throws: FrameError.self) { try window.grant(1) }
    #expect(window.availableBytes == WireLimits.maximumCreditBytes)
  }

  @Test func `a stream's credit goes back when half of it is owed`() {
    var window = ReceiveWindow(sizeBytes: 1_000)
    let charged = window.charge(600, begins: true)
    #expect(charged)
    let granted = [window.giveBack(400), window.giveBack(100)]
    #expect(granted == [0, 500])
    #expect(window.availableBytes == 900)
    let later = window.giveBack(100)
    #expect(later == 0)
  }

  @Test func `the connection's goes back when as much is owed as the peer has left`() {
    var window = ReceiveWindow(sizeBytes: 1_000)
    _ = window.charge(500, begins: true)
    let granted = [window.giveBackShared(499), window.giveBackShared(1)]
    #expect(granted == [0, 500])
    #expect(window.availableBytes == 1_000)
    // Half of it is held: the other half comes back in smaller pieces.
    _ = window.charge(500, begins: true)
    _ = window.charge(250, begins: true)
    let rest = [window.giveBackShared(249), window.giveBackShared(1)]
    #expect(rest == [0, 250])
  }

  @Test func `the last credit used up brings back what is owed`() {
    var window = ReceiveWindow(sizeBytes: 1_000)
    _ = window.charge(700, begins: true)
    let early = [window.giveBackShared(200), window.giveBackWhenUsedUp()]
    #expect(early == [0, 0])
    _ = window.charge(300, begins: true)
    let granted = [window.giveBackWhenUsedUp(), window.giveBackWhenUsedUp()]
    #expect(granted == [200, 0])
    #expect(window.availableBytes == 200)
  }

  @Test func `a message without credit is noticed, a part of one is not held back`() {
    var window = ReceiveWindow(sizeBytes: 100)
    let charged = [
      window.charge(100, begins: true), window.charge(5_000, begins: false),
      window.charge(1, begins: true),
    ]
    #expect(charged == [true, true, false])
    let granted = window.giveBack(5_100)
    #expect(granted == 5_100)
    let again = window.charge(1, begins: true)
    #expect(again)
  }

  /// Sender and receiver agree whatever is sent and consumed: credit is neither lost nor made.
  @Test func `both ends count the same`() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    var sender = SendWindow(availableBytes: 65_536)
    var receiver = ReceiveWindow(sizeBytes: 65_536)
    var unconsumed: [Int] = []
    for _ in 0..<10_000 {
      if sender.mayBegin, Bool.random(using: &random) {
        let cost = SendWindow.cost(bytes: Int.random(in: 0...40_000, using: &random), begins: true)
        sender.spend(cost)
        let charged = receiver.charge(cost, begins: true)
        #expect(charged, "seed \(seed)")
        unconsumed.append(cost)
      } else if let cost = unconsumed.popLast() {
        let granted = receiver.giveBack(cost)
        if granted > 0 { try sender.grant(granted) }
      }
      #expect(sender.availableBytes == receiver.availableBytes, "seed \(seed)")
    }
    while let cost = unconsumed.popLast() {
      let granted = receiver.giveBack(cost)
      if granted > 0 { try sender.grant(granted) }
    }
    #expect(sender.mayBegin, "seed \(seed)")
    #expect(sender.availableBytes + receiver.owedBytes == 65_536, "seed \(seed)")
  }

  @Test func `a rate's burst goes at once, the rest as time passes`() {
    var budget = RateBudget(burst: 3, intervalNanoseconds: 10, now: 100)
    let burst = [budget.take(now: 100), budget.take(now: 100), budget.take(now: 100)]
    #expect(burst == [true, true, true])
    let over = budget.take(now: 109)
    #expect(!over)
    let refilled = [budget.take(now: 110), budget.take(now: 110)]
    #expect(refilled == [true, false])
    let later = (0..<4).map { _ in budget.take(now: 1_000_000) }
    #expect(later == [true, true, true, false])
  }
}
