@testable import Domain

extension Instant {
  /// An arbitrary beginning for tests.
  static let start = Instant(microseconds: 1_700_000_000_000_000)

  static func after(_ seconds: Double) -> Instant {
    start + .microseconds(Int64(seconds * 1_000_000))
  }
}

/// Makes clusters and deployments with identifiers that count up.
struct Fixtures {
  private var count: UInt128 = 0

  mutating func nextID() -> UInt128 {
    count += 1
    return count
  }

  static let organization = OrganizationID(0xa)
  static let other = OrganizationID(0xb)

  mutating func cluster(
    cpu: Int64 = 8_000, memory: Int64 = 1 << 34, devices: Int64 = 0, model: String = "",
    organization: OrganizationID = Fixtures.organization
  ) -> Cluster {
    let id = nextID()
    return Cluster(
      id: ClusterID(id), organization: organization, name: "c\(id)",
      capacity: Resources(
        cpu: MilliCPU(cpu), memory: Bytes(memory), gpu: MilliGPU(devices * 1_000)),
      gpuModel: model, createdAt: .start, updatedAt: .start)
  }

  mutating func deployment(
    cpu: Int64 = 1_000, memory: Int64 = 1 << 30, gpu: Int64 = 0, models: [String] = [],
    priority: Int = 1, cluster: ClusterID? = nil, createdAt: Instant = .start,
    maxAttempts: Int = 3, organization: OrganizationID = Fixtures.organization
  ) -> Deployment {
    Deployment(
      id: DeploymentID(nextID()), organization: organization, requestedCluster: cluster,
      name: "", image: "model:1", command: [], environment: [:],
      request: Resources(cpu: MilliCPU(cpu), memory: Bytes(memory), gpu: MilliGPU(gpu)),
      gpuModels: models, priority: priority, maxAttempts: maxAttempts, createdBy: "ada",
      createdAt: createdAt, updatedAt: createdAt)
  }
}

extension Fixtures {
  /// So many that are alike, of one gang.
  mutating func gang(_ count: Int, of make: (inout Fixtures) -> Deployment) -> [Deployment] {
    let first = make(&self)
    let ids = [first.id] + (1..<count).map { _ in DeploymentID(nextID()) }
    return first.gangMembers(ids)
  }
}

extension Deployment {
  func placed(by placement: Placement, state: DeploymentState = .scheduled) -> Deployment {
    var copy = self
    copy.state = state
    copy.attempt = placement.attempt
    copy.placedCluster = placement.cluster
    copy.gpuDevices = placement.gpuDevices
    copy.notBefore = nil
    return copy
  }

  func ended(_ state: DeploymentState = .completed) -> Deployment {
    var copy = self
    copy.state = state
    return copy
  }

  /// Back in the queue after its attempt, not to be tried before.
  func requeued(notBefore: Instant?) -> Deployment {
    var copy = self
    copy.state = .queued
    copy.notBefore = notBefore
    return copy
  }
}

extension SchedulingEngine {
  /// Decides until nothing is left to look at, and confirms.
  mutating func settle(now: Instant, limit: Int = 1_000) -> [Placement] {
    var all: [Placement] = []
    while true {
      let placements = decide(now: now, limit: limit).placements
      for placement in placements { apply(.confirmed(placement)) }
      all += placements
      if placements.isEmpty, !hasWork { return all }
    }
  }
}
