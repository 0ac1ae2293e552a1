/// What an organization asks for, learned from its deployments as they come; it is never told in
/// advance. Of bounded size, and old work fades.
struct RequestMix: Sendable {
  /// By the models that the requests may run on, ascending.
  private(set) var sums: [(models: UInt64, sums: RequestSums)] = []
  private(set) var arrived = 0.0
  /// When so many have come, it is time to look at the mix again.
  private var nextLook = 1.0

  /// True: enough has come since the last look to look again. The looks are at doubling numbers, so
  /// all of them together cost little.
  mutating func learn(_ request: PlacementRequest, clusters: Int) -> Bool {
    var models = request.models
    var index = sums.firstIndex { $0.models >= models } ?? sums.count
    if index == sums.count || sums[index].models != models {
      if sums.count >= SchedulingLimits.modelSets - 1 {
        // Too many sets of models: what is left counts for all of them.
        models = .max
        index = sums.firstIndex { $0.models == models } ?? sums.count
      }
      if index == sums.count || sums[index].models != models {
        sums.insert((models, RequestSums()), at: index)
      }
    }
    sums[index].sums.add(request, bins: .shared)
    arrived += 1
    guard arrived >= nextLook else { return false }
    nextLook = max(2 * arrived, arrived + Double(clusters / 64))
    if arrived >= Double(SchedulingLimits.mixWindow) { fade() }
    nextLook = min(nextLook, Double(SchedulingLimits.mixWindow))
    return true
  }

  private mutating func fade() {
    for index in sums.indices { sums[index].sums.fade() }
    sums.removeAll { $0.sums.count + $0.sums.cpuWithoutGPU < SchedulingLimits.faintestShare }
    arrived /= 2
  }

  /// Which of the sets a model is in: models in the same sets see the same requests.
  func sets(of model: UInt8) -> [Bool] { sums.map { $0.models >> UInt64(model) & 1 != 0 } }

  /// All that may run on a model.
  func sum(for model: UInt8) -> RequestSums {
    var sum = RequestSums()
    for entry in sums where entry.models >> UInt64(model) & 1 != 0 { sum += entry.sums }
    return sum
  }
}
