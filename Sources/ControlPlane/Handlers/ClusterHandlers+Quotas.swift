internal import Domain
package import Messages
package import RPCServer
package import Wire

extension ClusterHandlers {
  package func setClusterQuota(
    _ request: SetClusterQuotaRequest, context: CallContext
  ) async throws(RPCStatus) -> SetClusterQuotaResponse {
    let usage = try await context.granted { grant async throws(DomainError) in
      try await quotas.set(
        grant,
        ClusterQuotaDraft(
          clusterID: request.clusterID, organizationID: request.organizationID,
          guaranteed: request.guaranteed.map(RequestedResources.init),
          limit: RequestedCeiling(request.limit), mayBorrow: request.mayBorrow,
          reclaim: Domain.ReclaimPolicy(request.reclaim)))
    }
    return SetClusterQuotaResponse(quota: Messages.ClusterQuota(usage))
  }

  package func acceptClusterQuota(
    _ request: AcceptClusterQuotaRequest, context: CallContext
  ) async throws(RPCStatus) -> AcceptClusterQuotaResponse {
    let usage = try await context.granted { grant async throws(DomainError) in
      try await quotas.accept(
        grant, clusterID: request.clusterID, organizationID: request.organizationID)
    }
    return AcceptClusterQuotaResponse(quota: Messages.ClusterQuota(usage))
  }

  package func removeClusterQuota(
    _ request: RemoveClusterQuotaRequest, context: CallContext
  ) async throws(RPCStatus) -> RemoveClusterQuotaResponse {
    try await context.granted { grant async throws(DomainError) in
      try await quotas.remove(
        grant, clusterID: request.clusterID, organizationID: request.organizationID)
    }
    return RemoveClusterQuotaResponse()
  }

  package func listClusterQuotas(
    _ request: ListClusterQuotasRequest, context: CallContext
  ) async throws(RPCStatus) -> ListClusterQuotasResponse {
    let page = try await context.granted { grant async throws(DomainError) in
      try await quotas.list(
        grant, clusterID: request.clusterID, organizationID: request.organizationID,
        page: RequestedPage(request.page))
    }
    return ListClusterQuotasResponse(
      quotas: page.elements.map(Messages.ClusterQuota.init), nextPageToken: page.next ?? "")
  }
}

extension RequestedCeiling {
  init(_ limits: Messages.ResourceLimits?) {
    self.init(
      cpuMillis: limits?.cpuMillis, memoryBytes: limits?.memoryBytes, gpuMillis: limits?.gpuMillis)
  }
}

extension Messages.ResourceLimits {
  init(_ ceiling: ResourceCeiling) {
    self.init(
      cpuMillis: ceiling.cpu?.value, memoryBytes: ceiling.memory?.value,
      gpuMillis: ceiling.gpu?.value)
  }
}

extension Messages.ClusterQuota {
  init(_ usage: ClusterQuotaUsage) {
    self.init(
      clusterID: usage.cluster.description, clusterName: usage.clusterName,
      ownerOrganizationID: usage.owner.description,
      organizationID: usage.quota.organization.description,
      guaranteed: Messages.Resources(usage.quota.guaranteed),
      limit: Messages.ResourceLimits(usage.quota.limit), mayBorrow: usage.quota.mayBorrow,
      accepted: usage.quota.isAccepted, held: Messages.Resources(usage.held),
      reclaim: Messages.ReclaimPolicy(usage.quota.reclaim))
  }
}

extension Domain.ReclaimPolicy {
  /// Nil: one that is not known.
  fileprivate init?(_ policy: Messages.ReclaimPolicy) {
    switch policy {
    case .unspecified, .never: self = .never
    case .lowerPriority: self = .lowerPriority
    case .any: self = .any
    case .unrecognized: return nil
    }
  }
}

extension Messages.ReclaimPolicy {
  fileprivate init(_ policy: Domain.ReclaimPolicy) {
    switch policy {
    case .never: self = .never
    case .lowerPriority: self = .lowerPriority
    case .any: self = .any
    }
  }
}

extension Messages.OrganizationQuota {
  init(_ usage: OrganizationQuotaUsage) {
    self.init(
      organizationID: usage.quota.organization.description,
      limit: Messages.ResourceLimits(usage.quota.limit),
      queuedLimit: usage.quota.queuedLimit.map { Int64($0) },
      weightMillis: usage.quota.weight.millis, held: Messages.Resources(usage.held),
      queued: Int64(usage.queued))
  }
}
