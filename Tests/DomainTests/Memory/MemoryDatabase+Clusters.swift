import Domain

extension MemoryDatabase: ClusterStore {
  func insert(_ cluster: Cluster) async throws(DomainError) -> Cluster {
    try with { state throws(DomainError) in
      guard state.organizations[cluster.organization] != nil else {
        throw .notFound(kind: "organization", name: cluster.organization.description)
      }
      try Self.requireFreeName(cluster.name, cluster.id, cluster.organization, state)
      state.clusters[cluster.id] = cluster
      return cluster
    }
  }

  func cluster(_ id: ClusterID, in scope: TenantScope) async throws(DomainError) -> Cluster? {
    with { state in
      guard let cluster = state.clusters[id], scope.contains(cluster.organization) else {
        return nil
      }
      return cluster
    }
  }

  func cluster(_ id: ClusterID, usableBy scope: TenantScope) async throws(DomainError) -> Cluster? {
    with { state in
      guard let cluster = state.clusters[id], Self.isUsable(cluster, by: scope) else { return nil }
      return cluster
    }
  }

  static func isUsable(_ cluster: Cluster, by scope: TenantScope) -> Bool {
    scope.contains(cluster.organization)
      || cluster.quotas.contains { $0.isAccepted && scope.contains($0.organization) }
  }

  func clusters(
    _ filter: ClusterFilter, in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> Page<Cluster> {
    let found = with { state in
      state.clusters.values.filter {
        Self.isUsable($0, by: scope) && $0.name.hasPrefix(filter.namePrefix)
          && (filter.gpuModel.isEmpty || $0.gpuModel == filter.gpuModel)
          && filter.availableAtLeast.fits(in: $0.available)
      }
    }
    return try Self.page(found.sorted { ($0.name, $0.id) < ($1.name, $1.id) }, page)
  }

  func update(
    _ id: ClusterID, _ change: ClusterChange, in scope: TenantScope
  ) async throws(DomainError) -> Cluster? {
    try with { state throws(DomainError) in
      guard var cluster = state.clusters[id], scope.contains(cluster.organization) else {
        return nil
      }
      if let name = change.name {
        try Self.requireFreeName(name, id, cluster.organization, state)
        cluster.name = name
      }
      if let cpu = change.cpu { cluster.capacity.cpu = cpu }
      if let memory = change.memory { cluster.capacity.memory = memory }
      if let gpu = change.gpu { cluster.capacity.gpu = gpu }
      if let model = change.gpuModel { cluster.gpuModel = model }
      guard cluster.allocated.fits(in: cluster.capacity) else {
        throw .failedPrecondition("the capacity would fall below what is allocated")
      }
      let devices = Int(cluster.capacity.gpu.value / MilliGPU.device.value)
      guard cluster.gpuAllocated.dropFirst(devices).allSatisfy({ $0 == 0 }) else {
        throw .failedPrecondition("a device that would go is in use")
      }
      let missing = max(0, devices - cluster.gpuAllocated.count)
      cluster.gpuAllocated =
        cluster.gpuAllocated.prefix(devices) + Array(repeating: 0, count: missing)
      state.clusters[id] = cluster
      return cluster
    }
  }

  func largestFit(
    for request: Resources, gpuModels: [String], in organization: OrganizationID
  ) async throws(DomainError) -> Cluster? {
    func rank(_ cluster: Cluster) -> [Int64] {
      let ceiling = cluster.quota(of: organization)?.ceiling ?? .none
      var capacity = cluster.capacity
      capacity.cpu = min(capacity.cpu, ceiling.cpu ?? capacity.cpu)
      capacity.memory = min(capacity.memory, ceiling.memory ?? capacity.memory)
      capacity.gpu = min(capacity.gpu, ceiling.gpu ?? capacity.gpu)
      let wantsModel = request.gpu.value > 0 && !gpuModels.isEmpty
      let hasModel = !wantsModel || gpuModels.contains(cluster.gpuModel)
      let sufficient = [
        request.cpu <= capacity.cpu, request.memory <= capacity.memory,
        request.gpu <= capacity.gpu && hasModel,
      ]
      return [
        Int64(sufficient.count { $0 }), capacity.gpu.value, capacity.cpu.value,
        capacity.memory.value,
      ]
    }
    return with { state in
      state.clusters.values.filter { Self.isUsable($0, by: .organizations([organization])) }
        .max { a, b in
          rank(a) == rank(b) ? a.id < b.id : rank(a).lexicographicallyPrecedes(rank(b))
        }
    }
  }

  func mostReplicas(
    of request: Resources, gpuModels: [String], in organization: OrganizationID,
    on cluster: ClusterID?, limit: Int
  ) async throws(DomainError) -> Int {
    with { state in
      let usable = state.clusters.values.filter {
        Self.isUsable($0, by: .organizations([organization]))
          && (cluster == nil || cluster == $0.id)
      }
      // One after another, until no more goes in.
      let most = usable.map { cluster in
        var count = 0
        while count < limit,
          cluster.shortages(
            for: request.times(count + 1), gpuModels: gpuModels, of: organization
          ).isEmpty
        {
          count += 1
        }
        guard (1..<1_000).contains(request.gpu.value) else { return count }
        let devices = Int(cluster.capacity.gpu.value / 1_000)
        return min(count, devices * Int(1_000 / request.gpu.value))
      }
      return min(limit, most.reduce(0, +))
    }
  }

  func insertAgentToken(digest: [UInt8], cluster: ClusterID) async throws(DomainError) {
    with { state in state.agentTokens[digest] = cluster }
  }

  func revokeAgentTokens(cluster: ClusterID) async throws(DomainError) -> Int {
    with { state in
      let count = state.agentTokens.count
      state.agentTokens = state.agentTokens.filter { $0.value != cluster }
      return count - state.agentTokens.count
    }
  }

  private static func requireFreeName(
    _ name: String, _ id: ClusterID, _ organization: OrganizationID, _ state: State
  ) throws(DomainError) {
    let isTaken = state.clusters.values.contains {
      $0.organization == organization && $0.name == name && $0.id != id
    }
    if isTaken { throw .alreadyExists(kind: "cluster", name: name) }
  }
}
