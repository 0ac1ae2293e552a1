internal import Domain

/// What a replay makes of a trace: clusters and deployments with identifiers that count up.
struct ReplaySetup: Sendable {
  static let start = Instant(microseconds: 0)

  static func cluster(_ node: TraceNode, number: Int, organization: OrganizationID) -> Cluster {
    Cluster(
      id: ClusterID(UInt128(number + 1)), organization: organization, name: node.name,
      capacity: node.capacity, gpuModel: node.gpuModel, createdAt: start, updatedAt: start)
  }

  static func deployment(
    _ pod: TracePod, number: Int, organization: OrganizationID, priority: Int, createdAt: Instant
  ) -> Deployment {
    Deployment(
      id: DeploymentID(UInt128(number + 1)), organization: organization, requestedCluster: nil,
      name: "", image: "", command: [], environment: [:], request: pod.request,
      gpuModels: pod.gpuModels, priority: priority, maxAttempts: 1, createdBy: "",
      createdAt: createdAt, updatedAt: createdAt)
  }
}

extension Deployment {
  func placed(by placement: Placement) -> Deployment {
    var copy = self
    copy.state = .running
    copy.attempt = placement.attempt
    copy.placedCluster = placement.cluster
    copy.gpuDevices = placement.gpuDevices
    return copy
  }

  func ended(_ state: DeploymentState) -> Deployment {
    var copy = self
    copy.state = state
    return copy
  }
}
