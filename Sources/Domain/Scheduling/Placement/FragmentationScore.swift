/// Fragmentation gradient descent (Weng et al., "Beware of Fragmentation", USENIX ATC 2023): the
/// least growth of GPU that the requests of the mix cannot use. As its authors score it: in
/// hundredths of a sigmoid, ties to the first cluster.
struct FragmentationScore: PlacementScore {
  /// A kind of request of the mix and its part of all.
  private struct Typical {
    var request: PlacementRequest
    var weight: Double
    /// A device with less than that is of no use to it.
    var perDevice: Int32
  }

  private var mix: ContiguousArray<Typical> = []

  init() {}

  init(_ kinds: [(request: PlacementRequest, weight: Double)]) {
    let total = kinds.reduce(0) { $0 + $1.weight }
    var places: [PlacementRequest: Int] = [:]
    for (request, weight) in kinds {
      if let place = places[request] {
        mix[place].weight += weight / total
        continue
      }
      places[request] = mix.count
      let perDevice = request.kind == .share ? Int(request.gpu) : DevicePrices.device
      mix.append(
        Typical(request: request, weight: weight / total, perDevice: Int32(perDevice)))
    }
  }

  func work(out state: inout ClusterState, of clusters: ClusterStates) {
    let before = state
    state.potential = withDevices(of: state, clusters) { devices in
      fragmentation(cpu: before.cpu, memory: before.memory, model: before.model, devices)
    }
  }

  func score(
    _ request: PlacementRequest, on state: ClusterState, of clusters: ClusterStates
  ) -> Double {
    best(request, on: state, of: clusters)?.score ?? .infinity
  }

  func device(
    for request: PlacementRequest, on state: ClusterState, of clusters: ClusterStates
  ) -> Int? {
    best(request, on: state, of: clusters)?.device
  }

  /// The best score, and for a share the device that has it: of equals the fullest.
  private func best(
    _ request: PlacementRequest, on state: ClusterState, of clusters: ClusterStates
  ) -> (score: Double, device: Int?)? {
    guard hasRoom(for: request, on: state) else { return nil }
    return withDevices(of: state, clusters) { devices in
      guard request.kind == .share else {
        var wanted = request.kind == .wholeDevices ? Int(request.gpu) : 0
        for device in devices.indices where wanted > 0 && devices[device] == 1_000 {
          devices[device] = 0
          wanted -= 1
        }
        return (growth(request, on: state, to: devices), nil)
      }
      var best: (score: Double, device: Int?)?
      var fullest = Int32.max
      for device in devices.indices where devices[device] >= request.gpu {
        let free = devices[device]
        devices[device] = free - Int32(request.gpu)
        let score = growth(request, on: state, to: devices)
        devices[device] = free
        if let known = best, (known.score, fullest) <= (score, free) { continue }
        best = (score, device)
        fullest = free
      }
      return best
    }
  }

  private func growth(
    _ request: PlacementRequest, on state: ClusterState,
    to devices: UnsafeMutableBufferPointer<Int32>
  ) -> Double {
    let after = fragmentation(
      cpu: state.cpu - request.cpu, memory: state.memory - request.memory, model: state.model,
      devices)
    let growth = (after - state.potential) / Double(DevicePrices.device)
    return -(100 / (1 + NormalLoss.exponential(growth))).rounded(.down)
  }

  /// Free thousandths that a request drawn from the mix cannot use.
  private func fragmentation(
    cpu: Int64, memory: Int64, model: UInt8, _ devices: UnsafeMutableBufferPointer<Int32>
  ) -> Double {
    var free: Int32 = 0
    var largest: Int32 = 0
    var whole = 0
    for left in devices {
      free += left
      largest = max(largest, left)
      if left == 1_000 { whole += 1 }
    }
    var sum = 0.0
    for kind in mix {
      let request = kind.request
      var isOfUse = request.cpu <= cpu && request.memory <= memory && request.accepts(model: model)
      switch request.kind {
      case .noGPU: isOfUse = false
      case .share: isOfUse = isOfUse && request.gpu <= largest
      case .wholeDevices: isOfUse = isOfUse && request.gpu <= whole
      }
      guard isOfUse else {
        sum += kind.weight * Double(free)
        continue
      }
      var unused: Int32 = 0
      for left in devices where left < kind.perDevice { unused += left }
      sum += kind.weight * Double(unused)
    }
    return sum
  }

  private func withDevices<Result>(
    of state: ClusterState, _ clusters: ClusterStates,
    _ body: (UnsafeMutableBufferPointer<Int32>) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: Int(state.deviceCount)) { devices in
      for device in devices.indices {
        devices.initializeElement(at: device, to: Int32(clusters.free(state, device)))
      }
      return body(devices)
    }
  }
}
