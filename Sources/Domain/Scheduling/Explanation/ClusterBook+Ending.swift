/// Whose end would make room.
extension ClusterBook {
  /// Holders whose ends together make room for the demand at this place in the queue, and none of
  /// whom could be spared; nil: not even all of them would do.
  ///
  /// - Parameter left: what the organization may still hold on all clusters; nil: anything.
  func holdersToEnd(
    for demand: Demand, key: QueueKey, left: Amounts?, among holders: [ClusterHolder]
  ) -> [ClusterHolder]? {
    var search = EndingSearch(
      trial: EndingTrial(book: self, left: left, key: key, demand: demand),
      holders: holders.map { holder in
        Demand(holder.request).map {
          EndingTrial.Holder(demand: $0, devices: holder.gpuDevices, isOwn: holder.isOwn)
        }
      })
    search.freeDevices()
    search.freeAmounts()
    return search.needed()?.sorted().map { holders[$0] }
  }
}

/// Ends holders, those first that give most of what is missing.
private struct EndingSearch {
  var trial: EndingTrial
  let holders: [EndingTrial.Holder?]
  /// Those who have ended, in the order in which they did, by their index.
  private var ended: [(index: Int, holder: EndingTrial.Holder)] = []

  init(trial: EndingTrial, holders: [EndingTrial.Holder?]) {
    self.trial = trial
    self.holders = holders
  }

  private mutating func end(_ index: Int) {
    guard !ended.contains(where: { $0.index == index }), let holder = holders[index] else { return }
    trial.end(holder)
    ended.append((index, holder))
  }

  /// Devices that hold least first; on each the largest shares first.
  mutating func freeDevices() {
    let (book, demand) = (trial.book, trial.demand)
    guard demand.kind != .noGPU else { return }
    let reserved = book.reservation.flatMap { $0.key < trial.key ? $0.devices : nil } ?? []
    let devices = (0..<book.deviceCount).filter { !reserved.contains($0) }
      .sorted { (book.devices[$0], $0) < (book.devices[$1], $1) }
    var uncapped: Int64 {
      var book = trial.book
      book.quota = nil
      return book.room(for: trial.key).gpu(demand.kind)
    }
    for device in devices {
      let onDevice = holders.indices.filter { holders[$0]?.devices.contains(device) == true }
        .sorted { (holders[$1]?.demand.gpu ?? 0, $0) < (holders[$0]?.demand.gpu ?? 0, $1) }
      for index in onDevice {
        if uncapped >= demand.gpu { return }
        end(index)
      }
    }
  }

  /// Whoever holds most of what is missing of CPU and memory, and under the quotas, first.
  mutating func freeAmounts() {
    while ended.count < holders.count, !trial.fits {
      let missing = trial.missing
      let isEnded = Set(ended.map(\.index))
      let best = holders.indices.filter { !isEnded.contains($0) }
        .map { index in (gain: holders[index].map(missing.part(freedBy:)) ?? 0, index: index) }
        .max { ($0.gain, $1.index) < ($1.gain, $0.index) }
      guard let best, best.gain > 0 else { return }
      end(best.index)
    }
  }

  /// Those who had to end; nil: it does not fit even so.
  mutating func needed() -> [Int]? {
    guard trial.fits else { return nil }
    return trial.spare(ended, \.holder).map(\.index)
  }
}

/// What is still missing in a trial.
private struct MissingAmounts {
  /// Of the cluster.
  let cpu: Int64
  let memory: Int64
  /// Under the quotas, of the cluster and on all; what is not missing is 0 or less.
  let quotas: [Amounts]

  /// How much of it a holder's end would give, as the sum of parts.
  func part(freedBy holder: EndingTrial.Holder) -> Double {
    let own = holder.isOwn ? quotas : []
    let pairs =
      [(holder.demand.cpu, cpu), (holder.demand.memory, memory)]
      + own.flatMap { missing in
        [
          (holder.demand.cpu, missing.cpu), (holder.demand.memory, missing.memory),
          (holder.demand.milliGPU, missing.milliGPU),
        ]
      }
    return pairs.reduce(0) { sum, pair in
      let (has, lacks) = pair
      return lacks > 0 ? sum + Double(min(has, lacks)) / Double(lacks) : sum
    }
  }
}

extension EndingTrial {
  fileprivate var missing: MissingAmounts {
    var uncapped = book
    uncapped.quota = nil
    let room = uncapped.room(for: key)
    return MissingAmounts(
      cpu: demand.cpu - room.cpu, memory: demand.memory - room.memory,
      quotas: [book.quota?.left, left].compactMap(\.self).map { Amounts(demand) - $0 })
  }
}
