/// A place to run deployments: an amount of CPU and memory, and GPU devices of one model.
package struct Cluster: Sendable, Equatable {
  package let id: ClusterID
  package let organization: OrganizationID
  package var name: String
  /// `gpu` is a multiple of 1000: whole devices.
  package var capacity: Resources
  /// What deployments hold; PostgreSQL keeps it within `capacity`.
  package var allocated: Resources
  /// Empty: not said.
  package var gpuModel: String
  /// Thousandths held of each device, by its index; as many as `capacity.gpu` has devices.
  package var gpuAllocated: [Int64]
  /// Nil: none ever attached.
  package var agent: ClusterAgent?
  package var agentSeenAt: Instant?
  package var agentAttached: Bool
  package let createdAt: Instant
  package var updatedAt: Instant
  /// What organizations may hold here: shares, and the owner's own if it has one.
  package var quotas: [ClusterQuota]

  package var available: Resources { capacity - allocated }

  package init(
    id: ClusterID, organization: OrganizationID, name: String, capacity: Resources,
    allocated: Resources = .zero, gpuModel: String = "", gpuAllocated: [Int64]? = nil,
    agent: ClusterAgent? = nil, agentSeenAt: Instant? = nil, agentAttached: Bool = false,
    createdAt: Instant, updatedAt: Instant, quotas: [ClusterQuota] = []
  ) {
    self.id = id
    self.organization = organization
    self.name = name
    self.capacity = capacity
    self.allocated = allocated
    self.gpuModel = gpuModel
    self.gpuAllocated =
      gpuAllocated
      ?? Array(repeating: 0, count: Int(capacity.gpu.value / MilliGPU.device.value))
    self.agent = agent
    self.agentSeenAt = agentSeenAt
    self.agentAttached = agentAttached
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.quotas = quotas
  }
}

/// What to change of a cluster; nil leaves it.
package struct ClusterChange: Sendable, Equatable {
  package var name: String?
  package var cpu: MilliCPU?
  package var memory: Bytes?
  package var gpu: MilliGPU?
  package var gpuModel: String?

  package init(
    name: String? = nil, cpu: MilliCPU? = nil, memory: Bytes? = nil, gpu: MilliGPU? = nil,
    gpuModel: String? = nil
  ) {
    self.name = name
    self.cpu = cpu
    self.memory = memory
    self.gpu = gpu
    self.gpuModel = gpuModel
  }
}

/// Which clusters a listing shows.
package struct ClusterFilter: Sendable, Equatable {
  package var namePrefix: String
  package var gpuModel: String
  package var availableAtLeast: Resources

  package init(
    namePrefix: String = "", gpuModel: String = "", availableAtLeast: Resources = .zero
  ) {
    self.namePrefix = namePrefix
    self.gpuModel = gpuModel
    self.availableAtLeast = availableAtLeast
  }
}
