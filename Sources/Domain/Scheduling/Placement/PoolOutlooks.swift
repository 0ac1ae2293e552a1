/// What the mix says of each model of an organization's clusters.
struct PoolOutlooks: Sendable {
  private(set) var outlooks: [Outlook] = []
  /// For each model the index of its outlook: models that the same requests may run on share one.
  private(set) var ofModel: [Int] = []
  private(set) var capacity = PoolCapacity([])

  /// False: what it says now is so much like before that it keeps saying that.
  mutating func look(_ mix: RequestMix, models: Int, capacity: PoolCapacity) -> Bool {
    var new = PoolOutlooks()
    new.capacity = capacity
    if let prior = capacity.prior {
      var indexOfSets: [[Bool]: Int] = [:]
      for model in 0..<models {
        let sets = mix.sets(of: UInt8(model))
        if let known = indexOfSets[sets] {
          new.ofModel.append(known)
          continue
        }
        var sums = mix.sum(for: UInt8(model))
        sums.add(prior, bins: .shared)
        indexOfSets[sets] = new.outlooks.count
        new.ofModel.append(new.outlooks.count)
        new.outlooks.append(Outlook(sums, capacity: capacity))
      }
    }
    if isLike(new) { return false }
    self = new
    return true
  }

  private func isLike(_ new: PoolOutlooks) -> Bool {
    capacity.largestCPU == new.capacity.largestCPU
      && capacity.largestDeviceCount == new.capacity.largestDeviceCount
      && ofModel == new.ofModel && outlooks.count == new.outlooks.count
      && !outlooks.isEmpty
      && zip(outlooks, new.outlooks).allSatisfy { $0.isLike($1) }
  }
}
