import Domain

/// The stage of most tests.
struct Acme {
  let platform: Platform
  let id: OrganizationID
  let inviteCode: String
  /// Bearer tokens.
  let ada: String
  let oscar: String

  func draft(cluster: Cluster? = nil) -> DeploymentDraft {
    DeploymentDraft(
      organizationID: id.description, clusterID: cluster?.id.description ?? "",
      name: "bert", image: "registry.example.com/bert:1.0", command: ["serve", "--port", "80"],
      environment: ["MODEL": "bert", "BATCH": "8"],
      resources: RequestedResources(cpuMillis: 500, memoryBytes: 1 << 30, gpuMillis: 0),
      priority: 5)
  }
}
