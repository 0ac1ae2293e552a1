package import Domain

/// The published protocol (Weng et al., USENIX ATC 2023): deployments come one by one, each is
/// placed at once or never, nothing departs. Drives the engine as the scheduler does.
package struct AllocationReplay {
  package struct Result: Sendable, Equatable {
    package var placed = 0
    package var failed = 0
    /// Thousandths of a device.
    package var allocated: Int64 = 0
    package var capacity: Int64 = 0
    /// What had come and what was allocated, as parts of the capacity.
    package var curve: [Point] = []

    package var allocationPercent: Double { 100 * Double(allocated) / Double(capacity) }
  }

  package struct Point: Sendable, Equatable {
    package let arrived: Double
    package let allocated: Double
  }

  private static let organization = OrganizationID(1)
  private let trace: Trace
  private let arrivals: [Int]
  private var engine: SchedulingEngine
  private var result = Result()
  private var arrived: Int64 = 0

  package init(_ trace: Trace, _ arrivals: ArrivalSequence, policy: PlacementPolicy) {
    self.trace = trace
    self.arrivals = arrivals.pods
    engine = SchedulingEngine(
      configuration: SchedulingConfiguration(reservationAfter: .seconds(86_400), policy: policy))
    for (number, node) in trace.nodes.enumerated() {
      engine.apply(
        .cluster(
          ReplaySetup.cluster(node, number: number, organization: Self.organization)))
    }
    result.capacity = trace.milliGPU
  }

  /// Everything that comes, decided. What it takes is the engine's time: the workload was drawn
  /// before.
  package mutating func run() -> Result {
    let stride = max(arrivals.count / SimulationLimits.curvePoints, 1)
    for (number, pod) in arrivals.enumerated() {
      step(number, trace.pods[pod])
      if number % stride == 0 || number == arrivals.count - 1 { addPoint() }
    }
    return result
  }

  private mutating func step(_ number: Int, _ pod: TracePod) {
    let now = ReplaySetup.start + .microseconds(number)
    let deployment = ReplaySetup.deployment(
      pod, number: number, organization: Self.organization, priority: 0, createdAt: now)
    engine.apply(.deployment(deployment))
    arrived += pod.request.gpu.value
    if let placement = engine.decide(now: now, limit: 1).placements.first {
      engine.apply(.confirmed(placement))
      result.placed += 1
      result.allocated += pod.request.gpu.value
    } else {
      engine.apply(.deployment(deployment.ended(.cancelled)))
      result.failed += 1
    }
  }

  private mutating func addPoint() {
    let capacity = Double(result.capacity)
    result.curve.append(
      Point(
        arrived: Double(arrived) / capacity, allocated: Double(result.allocated) / capacity))
  }
}
