package import Domain
package import Messages
package import RPCServer
package import Wire

/// `berth.v1.ClusterService` over the domain's clusters.
package struct ClusterHandlers: ClusterServiceHandler {
  private let clusters: Clusters
  let quotas: Quotas

  package init(_ clusters: Clusters, quotas: Quotas) {
    self.clusters = clusters
    self.quotas = quotas
  }

  package func createCluster(
    _ request: CreateClusterRequest, context: CallContext
  ) async throws(RPCStatus) -> CreateClusterResponse {
    let cluster = try await context.granted { grant async throws(DomainError) in
      try await clusters.create(
        grant,
        ClusterDraft(
          organizationID: request.organizationID, name: request.name,
          capacity: request.capacity.map(RequestedResources.init), gpuModel: request.gpuModel))
    }
    return CreateClusterResponse(cluster: Messages.Cluster(cluster))
  }

  package func updateCluster(
    _ request: UpdateClusterRequest, context: CallContext
  ) async throws(RPCStatus) -> UpdateClusterResponse {
    let cluster = try await context.granted { grant async throws(DomainError) in
      try await clusters.update(
        grant, id: request.id,
        RequestedClusterChange(
          name: request.name, cpuMillis: request.cpuMillis, memoryBytes: request.memoryBytes,
          gpuMillis: request.gpuMillis, gpuModel: request.gpuModel))
    }
    return UpdateClusterResponse(cluster: Messages.Cluster(cluster))
  }

  package func getCluster(
    _ request: GetClusterRequest, context: CallContext
  ) async throws(RPCStatus) -> GetClusterResponse {
    let cluster = try await context.granted { grant async throws(DomainError) in
      try await clusters.get(grant, id: request.id)
    }
    return GetClusterResponse(cluster: Messages.Cluster(cluster))
  }

  package func listClusters(
    _ request: ListClustersRequest, context: CallContext
  ) async throws(RPCStatus) -> ListClustersResponse {
    let page = try await context.granted { grant async throws(DomainError) in
      try await clusters.list(
        grant,
        ClusterQuery(
          organizationID: request.organizationID, namePrefix: request.namePrefix,
          gpuModel: request.gpuModel,
          availableAtLeast: request.availableAtLeast.map(RequestedResources.init),
          page: RequestedPage(request.page)))
    }
    return ListClustersResponse(
      clusters: page.elements.map(Messages.Cluster.init), nextPageToken: page.next ?? "")
  }

  package func createAgentToken(
    _ request: CreateAgentTokenRequest, context: CallContext
  ) async throws(RPCStatus) -> CreateAgentTokenResponse {
    let token = try await context.granted { grant async throws(DomainError) in
      try await clusters.createAgentToken(grant, clusterID: request.clusterID)
    }
    return CreateAgentTokenResponse(token: token)
  }

  package func revokeAgentTokens(
    _ request: RevokeAgentTokensRequest, context: CallContext
  ) async throws(RPCStatus) -> RevokeAgentTokensResponse {
    let count = try await context.granted { grant async throws(DomainError) in
      try await clusters.revokeAgentTokens(grant, clusterID: request.clusterID)
    }
    return RevokeAgentTokensResponse(revoked: Int32(clamping: count))
  }
}

extension RequestedResources {
  init(_ resources: Messages.Resources) {
    self.init(
      cpuMillis: resources.cpuMillis, memoryBytes: resources.memoryBytes,
      gpuMillis: resources.gpuMillis)
  }
}
