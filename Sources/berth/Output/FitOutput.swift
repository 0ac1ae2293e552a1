import RPCClient

/// What `berth explain` and `berth deploy --dry-run` print alike.
enum FitOutput {
  static func print(
    queue: QueuePlace?, fit: FitReport?, timeLimit: TimeLimit?, preemption: PreemptionOutlook?
  ) {
    if let queue { printPlace(queue) }
    if let timeLimit, let at = timeLimit.at {
      Terminal.print("fails at \(at) unless it runs by then: \(timeLimit.reason.printable)")
    }
    if let preemption { printPreemption(preemption) }
    guard let fit else { return }
    if !fit.clusterID.isEmpty { printDestination(fit) }
    if !fit.keptClusterID.isEmpty {
      Terminal.print("cluster \(name(fit.keptClusterID, fit)) keeps room for it")
    }
    printClusters(fit)
    if let quota = fit.quota { printQuota(quota) }
    for (index, advice) in fit.advice.enumerated() {
      Terminal.print((index == 0 ? "to make it fit: " : "or: ") + advice.words.printable)
    }
  }

  private static func printPlace(_ queue: QueuePlace) {
    guard queue.ahead > 0 else { return Terminal.print("first in the queue") }
    let more = queue.isMoreAhead ? " or more" : ""
    Terminal.print("number \(queue.position)\(more) in the queue; ahead of it:")
    var table = Table("  #", "ID", "PRIORITY", "WAITS", "NAME")
    for (index, one) in queue.first.enumerated() {
      table.add(
        "  \(index + 1)", one.deploymentID, "\(one.priority)", Amounts.age(one.createdAt),
        one.name.printable)
    }
    table.print()
    let others = queue.ahead - Int64(queue.first.count)
    if others > 0 { Terminal.print("  and \(others)\(more) others") }
  }

  private static func printDestination(_ fit: FitReport) {
    let devices = fit.gpuDevices.map(String.init).joined(separator: ", ")
    let on = devices.isEmpty ? "" : ", GPU \(devices)"
    Terminal.print("it would go to \(name(fit.clusterID, fit))\(on)")
  }

  private static func printPreemption(_ preemption: PreemptionOutlook) {
    let from = preemption.at.map { "from \($0) on " } ?? ""
    Terminal.print("preemption: " + from + preemption.words.printable)
  }

  /// What the organization may hold on all clusters.
  private static func printQuota(_ quota: QuotaFit) {
    let (held, limit) = (quota.held ?? Resources(), quota.limit ?? ResourceLimits())
    var parts: [String] = []
    func add(_ held: Int64, _ limit: Int64?, _ unit: String, _ text: (Int64) -> String) {
      guard let limit else { return }
      parts.append("\(text(held)) of \(text(limit))\(unit)")
    }
    add(held.cpuMillis, limit.cpuMillis, " CPU", Amounts.cpu)
    add(held.memoryBytes, limit.memoryBytes, " of memory", Amounts.memory)
    add(held.gpuMillis, limit.gpuMillis, " GPU", Amounts.gpu)
    Terminal.print(
      "the organization holds, under its quota on all clusters, " + parts.joined(separator: ", "))
  }

  private static func printClusters(_ fit: FitReport) {
    guard !fit.clusters.isEmpty else { return }
    var table = Table("CLUSTER", "FITS", "GPU MODEL", "AGENT", "WHY")
    for one in fit.clusters {
      table.add(
        one.clusterName.printable, verdict(one.verdict), one.gpuModel.printable,
        agent(one.agent), one.words.printable)
    }
    table.print()
    let others = Int(fit.clusterCount) - fit.clusters.count
    if others > 0 { Terminal.print("and \(others)\(fit.isMore ? " or more" : "") others") }
  }

  private static func name(_ id: String, _ fit: FitReport) -> String {
    (fit.clusters.first { $0.clusterID == id }?.clusterName ?? id).printable
  }

  private static func verdict(_ verdict: ClusterFit.Verdict) -> String {
    switch verdict {
    case .fits: "yes"
    case .wrongGpuModel: "wrong model"
    case .tooSmall: "too small"
    case .agentLost: "agent lost"
    case .noRoom: "no room"
    case .reserved: "reserved"
    case .quota: "quota"
    case .unspecified, .unrecognized: "-"
    }
  }

  private static func agent(_ agent: ClusterFit.Agent) -> String {
    switch agent {
    case .attached: "attached"
    case .detached: "detached"
    case .lost: "lost"
    case .neverAttached: "never attached"
    case .unspecified, .unrecognized: "-"
    }
  }
}
