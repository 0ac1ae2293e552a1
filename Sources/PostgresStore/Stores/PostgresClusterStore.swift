package import Domain

/// Clusters and their agents' tokens in PostgreSQL.
package struct PostgresClusterStore: ClusterStore {
  let database: PostgresDatabase

  package func insert(_ cluster: Cluster) async throws(DomainError) -> Cluster {
    let result = try await database.write(
      .insertCluster,
      Parameters {
        $0.add(cluster.id)
        $0.add(cluster.organization)
        $0.add(cluster.name)
        $0.add(cluster.capacity.cpu.value)
        $0.add(cluster.capacity.memory.value)
        $0.add(cluster.capacity.gpu.value)
        $0.add(cluster.gpuModel)
        $0.add(cluster.createdAt)
        $0.add(cluster.updatedAt)
      },
      refusing: { Self.refusal($0, name: cluster.name, organization: cluster.organization) })
    guard let made = try result.first(Cluster.init(row:)) else {
      throw .internal("a cluster was not made")
    }
    return made
  }

  private static func refusal(
    _ constraint: String, name: String, organization: OrganizationID? = nil
  ) -> DomainError? {
    switch constraint {
    case "clusters_name_unique": .alreadyExists(kind: "cluster", name: name)
    case "clusters_id_unique": .alreadyExists(kind: "cluster", name: name)
    case "clusters_organization":
      .notFound(kind: "organization", name: organization?.description ?? "")
    case "clusters_gpu_whole_devices":
      .invalid([Violation("capacity.gpu_millis", "must be a multiple of 1000: whole devices")])
    default: nil
    }
  }

  package func cluster(
    _ id: ClusterID, in scope: TenantScope
  ) async throws(DomainError) -> Cluster? {
    let result = try await database.read(
      .cluster,
      Parameters {
        $0.add(id)
        $0.add(scope)
      })
    return try result.first(Cluster.init(row:))
  }

  package func cluster(
    _ id: ClusterID, usableBy scope: TenantScope
  ) async throws(DomainError) -> Cluster? {
    let result = try await database.read(
      .usableCluster,
      Parameters {
        $0.add(id)
        $0.add(scope)
      })
    return try result.first(Cluster.init(row:))
  }

  package func clusters(
    _ filter: ClusterFilter, in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> Page<Cluster> {
    var name = ""
    var id: UInt128 = 0
    if let token = page.token {
      var reader = try PageToken.Reader(token, of: .clusters)
      id = try reader.number()
      name = try reader.text()
    }
    let after = (name: name, id: id)
    let result = try await database.read(
      scope == .all ? .allClusters : .clusters,
      Parameters {
        $0.add(after.name)
        $0.add(after.id)
        $0.add(page.fetchCount)
        $0.add(filter.namePrefix)
        $0.add(filter.gpuModel)
        $0.add(filter.availableAtLeast.cpu.value)
        $0.add(filter.availableAtLeast.memory.value)
        $0.add(filter.availableAtLeast.gpu.value)
        if scope != .all { $0.add(scope) }
      })
    return page.page(try result.map(Cluster.init(row:))) {
      PageToken(.clusters).appending($0.id.value).appending($0.name)
    }
  }

  package func update(
    _ id: ClusterID, _ change: ClusterChange, in scope: TenantScope
  ) async throws(DomainError) -> Cluster? {
    let update = Parameters {
      $0.add(id)
      $0.add(scope)
      $0.add(change.name)
      $0.add(change.cpu?.value)
      $0.add(change.memory?.value)
      $0.add(change.gpu?.value)
      $0.add(change.gpuModel)
    }
    let results = try await database.transaction(
      [(.lockCluster, Parameters { $0.add(id) }), (.updateCluster, update)],
      refusing: { Self.refusal($0, name: change.name ?? "") })
    return try results[1].first { row throws(DomainError) in
      let isChanged = try row.flag()
      let cluster = try Cluster(row: &row)
      if !isChanged { throw Self.tooSmall(cluster, change) }
      return cluster
    }
  }

  /// Says what stands in the way of a smaller capacity.
  private static func tooSmall(_ cluster: Cluster, _ change: ClusterChange) -> DomainError {
    let held = cluster.allocated
    let guaranteed = cluster.quotas.reduce(Resources.zero) { $0 + $1.guaranteed }
    let capacity = Resources(
      cpu: change.cpu ?? cluster.capacity.cpu, memory: change.memory ?? cluster.capacity.memory,
      gpu: change.gpu ?? cluster.capacity.gpu)
    if !guaranteed.fits(in: capacity) {
      return .failedPrecondition(
        "cluster \(cluster.name) cannot be made that small: cpu_millis \(guaranteed.cpu.value), "
          + "memory_bytes \(guaranteed.memory.value), gpu_millis \(guaranteed.gpu.value) are "
          + "guaranteed by its quotas")
    }
    var problems: [String] = []
    if let cpu = change.cpu, cpu < held.cpu {
      problems.append("\(held.cpu.value) thousandths of a core are allocated")
    }
    if let memory = change.memory, memory < held.memory {
      problems.append("\(held.memory.value) bytes of memory are allocated")
    }
    if let gpu = change.gpu, problems.isEmpty || gpu < held.gpu {
      let last = cluster.gpuAllocated.lastIndex { $0 > 0 } ?? 0
      problems.append("GPU devices up to index \(last) are allocated")
    }
    return .failedPrecondition(
      "cluster \(cluster.name) cannot be made that small: \(problems.joined(separator: ", "))")
  }

  package func largestFit(
    for request: Resources, gpuModels: [String], in organization: OrganizationID
  ) async throws(DomainError) -> Cluster? {
    let result = try await database.read(
      .largestFit,
      Parameters {
        $0.add(organization)
        $0.add(request.cpu.value)
        $0.add(request.memory.value)
        $0.add(request.gpu.value)
        $0.add(gpuModels)
      })
    return try result.first(Cluster.init(row:))
  }

  package func mostReplicas(
    of request: Resources, gpuModels: [String], in organization: OrganizationID,
    on cluster: ClusterID?, limit: Int
  ) async throws(DomainError) -> Int {
    let result = try await database.read(
      .mostReplicas,
      Parameters {
        $0.add(organization)
        $0.add(request.cpu.value)
        $0.add(request.memory.value)
        $0.add(request.gpu.value)
        $0.add(gpuModels)
        $0.add(cluster)
        $0.add(Int32(clamping: limit))
      })
    let most = try result.first { row throws(DomainError) in Int(try row.int64()) }
    return min(most ?? 0, limit)
  }

  package func insertAgentToken(digest: [UInt8], cluster: ClusterID) async throws(DomainError) {
    _ = try await database.write(
      .insertAgentToken,
      Parameters {
        $0.add(digest)
        $0.add(cluster)
      },
      refusing: { constraint in
        switch constraint {
        case "agent_tokens_cluster": .notFound(kind: "cluster", name: cluster.description)
        case "agent_tokens_digest_unique":
          .alreadyExists(kind: "agent token", name: "of this digest")
        default: nil
        }
      })
  }

  package func revokeAgentTokens(cluster: ClusterID) async throws(DomainError) -> Int {
    try await database.write(.revokeAgentTokens, Parameters { $0.add(cluster) }).changedCount
  }
}

extension Cluster {
  /// Of `c`, and of its agent's session `s`.
  static let columns = """
    c.id, c.organization_id, c.name, c.cpu_capacity, c.memory_capacity, c.gpu_capacity,
    c.cpu_allocated, c.memory_allocated, c.gpu_allocated, c.gpu_model, c.gpu_devices,
    s.version, s.engine, s.attached_at, s.seen_at,
    s.cluster_id IS NOT NULL AND s.detached_at IS NULL, c.created_at, c.updated_at,
    \(ClusterQuota.ofCluster)
    """

  /// What `columns` are of.
  static let source = "clusters c LEFT JOIN agent_sessions s ON s.cluster_id = c.id"

  init(row: inout Row) throws(DomainError) {
    self.init(
      id: try row.id(), organization: try row.id(), name: try row.text(),
      capacity: try row.resources(), allocated: try row.resources(), gpuModel: try row.text(),
      gpuAllocated: try row.ints().map(Int64.init), agent: try ClusterAgent(row: &row),
      agentSeenAt: try row.instantOrNull(),
      agentAttached: try row.flag(), createdAt: try row.instant(), updatedAt: try row.instant(),
      quotas: try ClusterQuota.all(in: &row))
  }
}

extension ClusterAgent {
  /// Of the session's columns; nil: there is no session.
  fileprivate init?(row: inout Row) throws(DomainError) {
    let (version, engine) = (try row.textOrNull(), try row.textOrNull())
    guard let attachedAt = try row.instantOrNull(), let version, let engine else { return nil }
    self.init(version: version, engine: engine, attachedAt: attachedAt)
  }
}

extension Row {
  mutating func resources() throws(DomainError) -> Resources {
    Resources(
      cpu: MilliCPU(try int64()), memory: Bytes(try int64()), gpu: MilliGPU(try int64()))
  }
}
