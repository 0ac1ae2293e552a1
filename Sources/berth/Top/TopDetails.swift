import RPCClient

/// All about one deployment or cluster, as lines.
struct TopDetails: Equatable {
  let id: String
  let title: String
  let isDeployment: Bool
  let lines: [String]

  init(id: String, title: String, isDeployment: Bool, lines: [String]) {
    self.id = id
    self.title = title
    self.isDeployment = isDeployment
    self.lines = Array(lines.prefix(TopLimits.detailLines))
  }

  /// What is known of a deployment before it was asked about.
  init(asking deployment: Deployment) {
    self.init(
      id: deployment.id, title: Self.title(deployment), isDeployment: true,
      lines: Self.facts(deployment) + ["", "asking…"])
  }

  init(_ answer: ExplainDeploymentResponse) {
    let deployment = answer.deployment ?? Deployment()
    var lines = Self.facts(deployment)
    lines += ["", answer.summary]
    if let queue = answer.queue { lines += Self.place(queue) }
    if let limit = answer.timeLimit, let at = limit.at {
      lines.append("fails at \(at) unless it runs by then: \(limit.reason)")
    }
    if let preemption = answer.preemption { lines.append("preemption: \(preemption.words)") }
    for (index, advice) in (answer.fit?.advice ?? []).enumerated() {
      lines.append((index == 0 ? "to make it fit: " : "or: ") + advice.words)
    }
    if let clusters = answer.fit?.clusters, !clusters.isEmpty {
      lines += ["", "clusters, the nearest to fitting first"]
      lines += clusters.map { "  \($0.clusterName)  \($0.words)" }
    }
    if !answer.history.isEmpty {
      lines += ["", "history"]
      lines += answer.history.map { event in
        "  \(event.at?.description ?? "-")  \(event.state.shortName)  attempt \(event.attempt)"
          + (event.reason.isEmpty ? "" : "  \(event.reason)")
      }
    }
    self.init(
      id: deployment.id, title: Self.title(deployment), isDeployment: true, lines: lines)
  }

  /// What went wrong when it was asked about.
  init(_ deployment: Deployment, failure: RPCStatus) {
    self.init(
      id: deployment.id, title: Self.title(deployment), isDeployment: true,
      lines: Self.facts(deployment) + ["", "\(failure.message) (\(failure.code.name))"])
  }

  init(_ cluster: Cluster, organization: String, now: Int64) {
    let amounts = [cluster.capacity, cluster.allocated, cluster.available].map { $0 ?? .init() }
    let agent =
      cluster.agentAttached
      ? "attached"
      : cluster.agentSeenAt.map { "last seen \(Amounts.age($0, at: now)) ago" } ?? "never seen"
    let devices = cluster.gpuDevices.map {
      "  GPU \($0.index)  \($0.model)  \(Amounts.gpu($0.allocatedMillis)) in use"
    }
    let lines = [
      "id            \(cluster.id)", "organization  \(organization)", "agent         \(agent)",
      "capacity      \(Amounts.resources(amounts[0]))",
      "allocated     \(Amounts.resources(amounts[1]))",
      "available     \(Amounts.resources(amounts[2]))",
    ]
    self.init(
      id: cluster.id, title: "cluster \(cluster.name)", isDeployment: false,
      lines: lines + (devices.isEmpty ? [] : ["", "devices"] + devices))
  }

  private static func title(_ deployment: Deployment) -> String {
    "\(deployment.displayName)  \(deployment.state.shortName)"
  }

  private static func facts(_ one: Deployment) -> [String] {
    let facts: [(String, String)] = [
      ("id", one.id), ("image", one.image), ("command", one.command.joined(separator: " ")),
      ("resources", Amounts.resources(one.resources)),
      ("gpu models", one.gpuModels.joined(separator: ", ")),
      ("gpu devices", one.gpuDevices.map(String.init).joined(separator: ", ")),
      ("priority", "\(one.priority)" + (one.priorityClass.isEmpty ? "" : ", \(one.priorityClass)")),
      ("attempt", "\(one.attempt) of \(one.maxAttempts)"),
      ("gang", one.gangID.isEmpty ? "" : "\(one.gangIndex) of \(one.gangSize) in \(one.gangID)"),
      ("created", one.createdAt?.description ?? ""),
      ("started", one.startedAt?.description ?? ""),
      ("ended", one.endedAt?.description ?? ""),
    ]
    return facts.filter { !$0.1.isEmpty }.map { name, value in
      name + String(repeating: " ", count: 14 - name.count) + value
    }
  }

  private static func place(_ queue: QueuePlace) -> [String] {
    guard queue.ahead > 0 else { return ["first in the queue"] }
    let more = queue.isMoreAhead ? " or more" : ""
    var lines = ["number \(queue.position)\(more) in the queue; ahead of it:"]
    lines += queue.first.map { "  \($0.deploymentID)  priority \($0.priority)  \($0.name)" }
    return lines
  }
}

extension Deployment {
  /// Its name, or what its image is called.
  var displayName: String {
    name.isEmpty ? String(image.split(separator: "/").last ?? Substring(image)) : name
  }
}
