/// Berth's own policy: by what a cluster can still be used for, given the requests that have come.
///
///     potential = - W                   worth of its devices, in devices (cutting-stock prices)
///                 + short(W, CPU)       devices expected to be left without CPU
///                 + short(W, memory)    devices expected to be left without memory
///                 + 0.3 R turned        what is free, times the share of the requests for GPU
///                                       that its CPU or its memory turns away
///                 - 0.1 several(F)      whole devices that requests for several can use
///     score = potential after - potential before
///             + 0.05 CPU left / largest CPU + 0.01 GPU left / largest GPU
///
/// W and R in devices, F whole devices. docs/scheduling.md tells where the terms come from.
struct UsabilityScore: PlacementScore {
  private static let turnedWeight = 0.3
  private static let severalWeight = 0.1
  /// Small against the potential, which decides; they keep clusters empty while there is room, for
  /// those who ask for a whole one. More of it costs allocation when all is full.
  private static let cpuFitWeight = 0.05
  private static let gpuFitWeight = 0.01
  /// So that a cluster without worth has a deviation too.
  private static let leastWorth = 0.05

  private let loss = NormalLoss.shared
  private let bins = AmountBins.shared
  // Of each outlook, one after the other.
  private var worth: ContiguousArray<Double> = []
  private var shortages: ContiguousArray<(cpu: Shortage, memory: Shortage)> = []
  private var turnedByCPU: ContiguousArray<Double> = []
  private var turnedByMemory: ContiguousArray<Double> = []
  private var several: ContiguousArray<Double> = []
  /// The outlook of each model.
  private var outlooks: ContiguousArray<Int> = []
  private var mostDevices = 0
  private var fitOfCPU = 0.0
  private var fitOfMilliGPU = 0.0

  /// From now on scores are by what these say; none while the pool has no device.
  mutating func take(_ pool: PoolOutlooks) {
    let (outlooks, capacity) = (pool.outlooks, pool.capacity)
    self.outlooks = ContiguousArray(pool.ofModel)
    worth = ContiguousArray(outlooks.flatMap(\.worth))
    shortages = ContiguousArray(outlooks.map { ($0.cpu, $0.memory) })
    turnedByCPU = ContiguousArray(outlooks.flatMap(\.turnedByCPU))
    turnedByMemory = ContiguousArray(outlooks.flatMap(\.turnedByMemory))
    several = ContiguousArray(outlooks.flatMap(\.several))
    mostDevices = capacity.largestDeviceCount
    fitOfCPU = Self.cpuFitWeight / capacity.largestCPU
    let device = Double(DevicePrices.device)
    fitOfMilliGPU =
      mostDevices > 0 ? Self.gpuFitWeight / (Double(mostDevices) * device) : 0
  }

  func work(out state: inout ClusterState, of clusters: ClusterStates) {
    state.worth = 0
    state.potential = 0
    guard let outlook = outlook(of: state) else { return }
    for device in 0..<Int(state.deviceCount) {
      state.worth += worth(outlook, clusters.free(state, device))
    }
    state.potential = potential(
      outlook, worth: state.worth, cpu: state.cpu, memory: state.memory,
      freeMilliGPU: state.freeMilliGPU, wholeDevices: state.wholeDevices)
  }

  @inline(__always)
  func score(
    _ request: PlacementRequest, on state: ClusterState, of clusters: ClusterStates
  ) -> Double {
    guard hasRoom(for: request, on: state) else { return .infinity }
    let (cpu, memory) = (state.cpu - request.cpu, state.memory - request.memory)
    guard let outlook = outlook(of: state) else { return fitOfCPU * Double(cpu) }
    var worth = state.worth
    var whole = state.wholeDevices
    var free = state.freeMilliGPU
    switch request.kind {
    case .noGPU: break
    case .share:
      let share = Int(request.gpu)
      guard let device = device(for: request, on: state, of: clusters) else { return .infinity }
      let before = clusters.free(state, device)
      worth += self.worth(outlook, before - share) - self.worth(outlook, before)
      if before == DevicePrices.device { whole -= 1 }
      free -= Int32(share)
    case .wholeDevices:
      worth -= Double(request.gpu)
      whole -= Int32(request.gpu)
      free -= Int32(request.gpu) * Int32(DevicePrices.device)
    }
    let after = potential(
      outlook, worth: worth, cpu: cpu, memory: memory, freeMilliGPU: free, wholeDevices: whole)
    return after - state.potential + fitOfCPU * Double(cpu) + fitOfMilliGPU * Double(free)
  }

  /// The one that loses least worth, then the fullest, then the first.
  @inline(__always)
  func device(
    for request: PlacementRequest, on state: ClusterState, of clusters: ClusterStates
  ) -> Int? {
    let share = Int(request.gpu)
    guard let outlook = outlook(of: state) else {
      return clusters.fullestDevice(of: state, for: share)
    }
    var best: Int?
    var least = (loss: Double.infinity, free: Int.max)
    for device in 0..<Int(state.deviceCount) {
      let free = clusters.free(state, device)
      guard free >= share else { continue }
      var loss = worth(outlook, free) - worth(outlook, free - share)
      if free == DevicePrices.device {
        let whole = state.wholeDevices
        loss += Self.severalWeight * (several(outlook, whole) - several(outlook, whole - 1))
      }
      if loss < least.loss || (loss == least.loss && free < least.free) {
        best = device
        least = (loss, free)
      }
    }
    return best
  }

  @inline(__always)
  private func potential(
    _ outlook: Int, worth: Double, cpu: Int64, memory: Int64, freeMilliGPU: Int32,
    wholeDevices: Int32
  ) -> Double {
    let root = (max(worth, 0) + Self.leastWorth).squareRoot()
    let (cpu, memory) = (Double(cpu), Double(memory) / Double(1 << 20))
    let short = shortages[outlook]
    let bin = outlook * (AmountBins.count + 1)
    let turned = max(
      turnedByCPU[bin + bins.reached(by: cpu)], turnedByMemory[bin + bins.reached(by: memory)])
    return -worth
      + short.cpu.devices(worth: worth, root: root, free: cpu, loss: loss)
      + short.memory.devices(worth: worth, root: root, free: memory, loss: loss)
      + Self.turnedWeight / Double(DevicePrices.device) * Double(freeMilliGPU) * turned
      - Self.severalWeight * several(outlook, wholeDevices)
  }

  /// Nil for a cluster without devices.
  @inline(__always)
  private func outlook(of state: ClusterState) -> Int? {
    guard state.deviceCount > 0, Int(state.model) < outlooks.count, !worth.isEmpty else {
      return nil
    }
    return outlooks[Int(state.model)]
  }

  @inline(__always)
  private func worth(_ outlook: Int, _ left: Int) -> Double {
    worth[outlook * (DevicePrices.device + 1) + left]
  }

  /// A cluster may have come with more devices since the last look; and a share may go onto a whole
  /// device where a quota leaves no whole one.
  @inline(__always)
  private func several(_ outlook: Int, _ whole: Int32) -> Double {
    several[outlook * (mostDevices + 1) + max(0, min(Int(whole), mostDevices))]
  }
}
