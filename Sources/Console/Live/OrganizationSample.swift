import Messages

/// One moment of an organization, for its charts.
struct OrganizationSample {
  let json: String

  init(
    at now: Timestamp, clusters: [Cluster], deployments: some Collection<Deployment>,
    quota: OrganizationQuota?
  ) {
    func sum(_ amounts: [Resources?], _ dimension: KeyPath<Resources, Int64>) -> String {
      // In floating point: sums of what a server sends cannot overflow.
      let total = amounts.reduce(0.0) { $0 + Double($1?[keyPath: dimension] ?? 0) }
      return "\(total)"
    }
    func resources(_ amounts: [Resources?]) -> String {
      JSONText.object([
        "cpu": sum(amounts, \.cpuMillis), "memory": sum(amounts, \.memoryBytes),
        "gpu": sum(amounts, \.gpuMillis),
      ])
    }
    let queued = quota?.queued ?? Int64(deployments.count(where: { $0.state == .queued }))
    json = JSONText.object([
      "at": JSONText.quoted("\(now)"),
      "queued": "\(queued)",
      "running": "\(deployments.count(where: { $0.state == .running }))",
      "allocated": resources(clusters.map(\.allocated)),
      "capacity": resources(clusters.map(\.capacity)),
    ])
  }
}
