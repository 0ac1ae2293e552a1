import Testing

@testable import Domain

@Suite struct QueueForestTests {
  private struct Entry {
    let slot: QueueForest.Slot
    let key: QueueKey
    let demand: Demand
  }

  private static func entry(_ slot: Int, _ random: SeededRandom) -> Entry {
    let key = QueueKey(
      priority: random.below(3), createdAt: Instant(microseconds: Int64(random.below(20))),
      id: DeploymentID(UInt128(slot) &* 0x9e37_79b9_7f4a_7c15 + 1))
    let request = Resources(
      cpu: MilliCPU(Int64(random.below(10))), memory: Bytes(Int64(random.below(10))),
      gpu: MilliGPU(Int64(1 + random.below(999))))
    return Entry(slot: QueueForest.Slot(slot), key: key, demand: Demand(request)!)
  }

  @Test("finds the same first that fits as a sorted list does", arguments: 1...60)
  func matchesASortedList(seed: UInt64) {
    let random = SeededRandom(seed: seed)
    var forest = QueueForest()
    var root = QueueForest.noSlot
    var list: [Entry] = []
    var free = Array(0..<80)
    for step in 0..<300 {
      if random.below(3) > 0, let slot = free.popLast() {
        let entry = Self.entry(slot, random)
        root = forest.insert(entry.slot, key: entry.key, demand: entry.demand, into: root)
        list.append(entry)
        list.sort { $0.key < $1.key }
      } else if !list.isEmpty {
        let entry = list.remove(at: random.below(list.count))
        root = forest.remove(entry.slot, from: root)
        free.append(Int(entry.slot))
      }
      let room = Room(
        cpu: Int64(random.below(10)), memory: Int64(random.below(10)), wholeDevices: 0,
        largestShare: Int64(random.below(1_000)))
      let after = list.isEmpty || random.below(2) == 0 ? nil : list[random.below(list.count)].key
      let expected = list.first { room.fits($0.demand) && (after == nil || $0.key > after!) }
      #expect(
        forest.first(in: root, fitting: room, kind: .share, after: after) == expected?.slot,
        "seed \(seed), step \(step)")
      #expect(forest.first(in: root) == list.first?.slot)
      #expect(forest.first(5, in: root) == list.prefix(5).map(\.slot))
    }
  }
}
