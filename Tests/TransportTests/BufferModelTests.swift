import TestSupport
import Testing

@testable import Transport

/// The values that hold bytes and times, against an array and a dictionary.
@Suite struct BufferModelTests {
  @Test func `an output buffer gives out what came in, in order`() {
    let seed = TestSeed.draw()
    var next: UInt8 = 0
    for round in 0..<10_000 {
      var random = seed.generator(round)
      var buffer = OutputBuffer()
      var model: [UInt8] = []
      // How many bytes wait up to the end of each control frame.
      var controlEnds: [Int] = []
      if Bool.random(using: &random) {
        buffer.adopt(owning: .allocate(byteCount: 64, alignment: 16))
      }
      for _ in 0..<24 {
        switch Int.random(in: 0...9, using: &random) {
        case 0...5:
          let count = [1, 12, 60, 700, 5_000].randomElement(using: &random) ?? 1
          let room = buffer.reserve(count)
          // Less may be committed than was reserved.
          let used = Int.random(in: 0...count, using: &random)
          for index in 0..<used {
            room.storeBytes(of: next, toByteOffset: index, as: UInt8.self)
            model.append(next)
            next &+= 1
          }
          if used > 0, Bool.random(using: &random) {
            buffer.commitControl(used)
            controlEnds.append(model.count)
          } else {
            buffer.commit(used)
          }
        case 6...8:
          let count = Int.random(in: 0...model.count, using: &random)
          buffer.consume(count)
          model.removeFirst(count)
          controlEnds = controlEnds.map { $0 - count }.filter { $0 > 0 }
        default:
          let storage = buffer.release()
          if storage != nil, !model.isEmpty { Issue.record("\(seed): released with bytes") }
          storage?.deallocate()
        }
        let same =
          buffer.count == model.count && Blob(buffer.bytes) == Blob(model)
          && buffer.controlFrames == controlEnds.count
        if !same {
          Issue.record(
            """
            \(seed), round \(round): \(buffer.count) bytes and \(buffer.controlFrames) control \
            frames, not \(model.count) and \(controlEnds.count)
            """)
          return
        }
      }
    }
  }

  @Test func `deadlines are a dictionary of times`() {
    let seed = TestSeed.draw()
    for round in 0..<10_000 {
      var random = seed.generator(round)
      if let difference = Self.liveOfDeadlines(using: &random) {
        Issue.record("\(seed), round \(round): \(difference)")
        return
      }
    }
  }

  private static func liveOfDeadlines(using random: inout SeededGenerator) -> String? {
    var deadlines = Deadlines()
    var model: [Deadlines.Kind: UInt64] = [:]
    for _ in 0..<30 {
      guard let kind = Deadlines.Kind.allCases.randomElement(using: &random) else { return nil }
      let time = UInt64.random(in: 0...20, using: &random)
      switch Int.random(in: 0...3, using: &random) {
      case 0...1:
        deadlines.set(kind, at: time)
        model[kind] = time
      case 2:
        deadlines.clear(kind)
        model[kind] = nil
      default:
        let due = deadlines.takeDue(now: time)
        let isRight = due.map { model[$0].map { $0 <= time } ?? false }
        let isNone = !model.values.contains { $0 <= time }
        guard isRight ?? isNone else { return "\(due.map { "\($0)" } ?? "none") is due" }
        if let due { model[due] = nil }
      }
      guard deadlines.earliest == model.values.min(),
        deadlines.isSet(kind) == (model[kind] != nil)
      else { return "\(String(describing: deadlines.earliest)), not \(model)" }
    }
    return nil
  }
}
