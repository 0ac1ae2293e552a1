import TestSupport
import Testing

@testable import Transport

@Suite struct StreamTableTests {
  /// Strides of 2 all lie where they belong; larger ones meet in few places.
  @Test(arguments: [2, 48, 512] as [UInt32])
  func `what is added is found until it is removed, whatever the order`(stride: UInt32) {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    var table = StreamTable()
    var model: Set<UInt32> = []
    for _ in 0..<20_000 {
      let id = UInt32.random(in: 0...600, using: &random) * stride + 1
      if model.contains(id) {
        let removed = table.remove(id)
        #expect(removed?.id == id, "seed \(seed)")
        model.remove(id)
      } else {
        _ = table.insert(id)
        model.insert(id)
      }
      let other = UInt32.random(in: 0...600, using: &random) * stride + 1
      let found = table.find(other) != nil
      #expect(found == model.contains(other), "seed \(seed)")
    }
    let ids = table.ids
    #expect(ids == model.sorted(), "seed \(seed)")
    let all = table.removeAll()
    #expect(all.map(\.id) == model.sorted())
    let count = table.count
    #expect(count == 0)
  }

  @Test func `an empty table finds and removes nothing`() {
    var table = StreamTable()
    let found = table.find(1) != nil
    #expect(!found)
    let removed = table.remove(1)
    #expect(removed == nil)
  }
}
