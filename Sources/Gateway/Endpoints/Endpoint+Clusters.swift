import HTTPTypes
import Messages
import RPCClient
import Wire

extension Endpoint {
  static let clusters: [Endpoint] = [createCluster, updateCluster, listClusters]

  private static let createCluster = Endpoint(
    method: .post, path: "/cluster/create_cluster",
    summary: "Registers a cluster of an organization.",
    input: [
      .required("name", .text, "1 to 64 of a-z, 0-9, '.', '_' and '-'."),
      .required("organization_id", .text, ""),
      .required("cpu_size", .amount(.cores), "Cores."),
      .required("ram_size", .amount(.gibibytes), "GiB."),
      .required("gpu_size", .amount(.devices), "Whole GPUs; 0 for none."),
    ],
    output: .record("Cluster", Records.clusterFields)
  ) { call async throws(EndpointError) in
    let input = call.input
    let capacity = Resources(
      cpuMillis: input.amount("cpu_size") ?? 0, memoryBytes: input.amount("ram_size") ?? 0,
      gpuMillis: input.amount("gpu_size") ?? 0)
    let answer = try await call.run { options async throws(RPCStatus) in
      try await call.clusters.createCluster(
        CreateClusterRequest(
          organizationID: input.text("organization_id"), name: input.text("name"),
          capacity: capacity), options: options)
    }
    return .object(Records.cluster(try call.require(answer.cluster)))
  }

  private static let updateCluster = Endpoint(
    method: .put, path: "/cluster/update_cluster", summary: "Changes name or capacity.",
    input: [
      .required("id", .text, ""), .optional("name", .text, ""),
      .optional("cpu_size", .amount(.cores), "Cores."),
      .optional("ram_size", .amount(.gibibytes), "GiB."),
      .optional("gpu_size", .amount(.devices), "Whole GPUs."),
      .optional("status", .choice([Records.status]), "Clusters cannot be taken out of use."),
    ],
    output: .record("Cluster", Records.clusterFields)
  ) { call async throws(EndpointError) in
    let input = call.input
    let request = UpdateClusterRequest(
      id: input.text("id"), name: input.has("name") ? input.text("name") : nil,
      cpuMillis: input.amount("cpu_size"), memoryBytes: input.amount("ram_size"),
      gpuMillis: input.amount("gpu_size"))
    let answer = try await call.run { options async throws(RPCStatus) in
      try await call.clusters.updateCluster(request, options: options)
    }
    return .object(Records.cluster(try call.require(answer.cluster)))
  }

  private static let listClusters = Endpoint(
    method: .get, path: "/cluster/list_clusters",
    summary: "The clusters that the caller's organizations may run on.",
    input: EndpointCall.pageFields + [
      .optional("organization_id", .text, "Only clusters of this organization.")
    ] + ClusterFilter.fields,
    output: .list(.record("Cluster", Records.clusterFields))
  ) { call async throws(EndpointError) in
    let filter = ClusterFilter(call.input)
    let clusters = try await call.page(always: true, where: filter.matches) {
      page async throws(RPCStatus) in
      let answer = try await call.clusters.listClusters(
        ListClustersRequest(organizationID: call.input.text("organization_id"), page: page),
        options: call.options)
      return (answer.clusters, answer.nextPageToken)
    }
    return .array(clusters.map { .object(Records.cluster($0)) })
  }
}
