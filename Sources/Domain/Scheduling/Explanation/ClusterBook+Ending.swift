/// Whose end would make room.
extension ClusterBook {
  /// Holders whose ends together make room for the demand at this place in the queue, and none of
  /// whom could be spared; nil: not even all of them would do.
  func holdersToEnd(
    for demand: Demand, key: QueueKey, among holders: [ClusterHolder]
  ) -> [ClusterHolder]? {
    var trial = Trial(book: self, key: key, demand: demand, holders: holders)
    trial.freeDevices()
    trial.freeAmounts()
    guard trial.fits else { return nil }
    trial.spareWhoIsNotNeeded()
    return trial.ended.sorted().map { holders[$0] }
  }

  private struct Trial {
    var book: ClusterBook
    let key: QueueKey
    let demand: Demand
    let holders: [(demand: Demand, devices: [Int])?]
    /// Indexes of those who have ended in this trial, in the order in which they did.
    var ended: [Int] = []

    init(book: ClusterBook, key: QueueKey, demand: Demand, holders: [ClusterHolder]) {
      self.book = book
      self.key = key
      self.demand = demand
      self.holders = holders.map { holder in
        Demand(holder.request).map { ($0, holder.gpuDevices) }
      }
    }

    var fits: Bool { book.room(for: key).fits(demand) }

    private var room: Room { book.room(for: key) }

    private mutating func end(_ index: Int) {
      guard !ended.contains(index), let holder = holders[index] else { return }
      book.release(holder.demand, devices: holder.devices)
      ended.append(index)
    }

    /// Devices that hold least first; on each the largest shares first.
    mutating func freeDevices() {
      guard demand.kind != .noGPU else { return }
      let reserved =
        book.reservation.flatMap { $0.key < key ? $0.devices : nil } ?? []
      let devices = (0..<book.deviceCount).filter { !reserved.contains($0) }
        .sorted { (book.devices[$0], $0) < (book.devices[$1], $1) }
      for device in devices {
        let onDevice = holders.indices.filter { holders[$0]?.devices.contains(device) == true }
          .sorted { (holders[$1]?.demand.gpu ?? 0, $0) < (holders[$0]?.demand.gpu ?? 0, $1) }
        for index in onDevice {
          if room.gpu(demand.kind) >= demand.gpu { return }
          end(index)
        }
      }
    }

    /// Whoever holds most of what CPU and memory lack first.
    mutating func freeAmounts() {
      while ended.count < holders.count {
        let (cpu, memory) = (demand.cpu - room.cpu, demand.memory - room.memory)
        if cpu <= 0, memory <= 0 { return }
        func gain(_ index: Int) -> Double {
          guard let holder = holders[index]?.demand else { return 0 }
          let part = { (has: Int64, lacks: Int64) in
            lacks > 0 ? Double(min(has, lacks)) / Double(lacks) : 0
          }
          return part(holder.cpu, cpu) + part(holder.memory, memory)
        }
        let isEnded = Set(ended)
        let best = holders.indices.filter { !isEnded.contains($0) }
          .map { (gain: gain($0), index: $0) }
          .max { ($0.gain, $1.index) < ($1.gain, $0.index) }
        guard let best, best.gain > 0 else { return }
        end(best.index)
      }
    }

    mutating func spareWhoIsNotNeeded() {
      for index in ended {
        guard let holder = holders[index] else { continue }
        book.hold(holder.demand, devices: holder.devices)
        if fits {
          ended.removeAll { $0 == index }
        } else {
          book.release(holder.demand, devices: holder.devices)
        }
      }
    }
  }
}
