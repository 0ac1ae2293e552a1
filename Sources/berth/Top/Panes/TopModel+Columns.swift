import RPCClient

/// What stands in the panes' columns.
extension TopModel {
  func columns(of pane: Pane) -> [TopTable.Column] {
    switch pane {
    case .clusters:
      [
        .init("CLUSTER", flexible: 8, maximum: 32), .init("CPU", rank: 1),
        .init("MEMORY", rank: 3), .init("GPU"), .init("DEVICES", rank: 2, maximum: 32),
        .init("MODEL", rank: 5, maximum: 16), .init("AGENT", rank: 4),
      ]
    case .running:
      [
        .init("NAME", flexible: 8, maximum: 32), .init("STATE"),
        .init("CLUSTER", rank: 3, flexible: 8, maximum: 24),
        .init("PRI", rank: 4, isRight: true), .init("CPU", rank: 6, isRight: true),
        .init("MEMORY", rank: 7, isRight: true), .init("GPU", rank: 2, isRight: true),
        .init("DEVICES", rank: 9, maximum: 16), .init("AGE", rank: 1, isRight: true),
        .init("TRY", rank: 8, isRight: true), .init("REASON", rank: 5, flexible: 10, maximum: 120),
      ]
    case .queue:
      [
        .init("#", isRight: true), .init("PRI", rank: 3, isRight: true),
        .init("NAME", flexible: 8, maximum: 32), .init("CPU", rank: 5, isRight: true),
        .init("MEMORY", rank: 6, isRight: true), .init("GPU", rank: 2, isRight: true),
        .init("WAITS", rank: 1, isRight: true), .init("TRY", rank: 7, isRight: true),
        .init("WHY", rank: 4, flexible: 12, maximum: 200),
      ]
    case .scheduler:
      [
        .init("SHARD", isRight: true), .init("LEADER", flexible: 8), .init("EPOCH", isRight: true),
        .init("QUEUED", isRight: true), .init("OLDEST", rank: 1, isRight: true),
        .init("HOLDING", rank: 2, isRight: true),
      ]
    }
  }

  func cells(of row: TopRow) -> [[TextRun]] {
    switch row {
    case .cluster(let cluster): cells(of: cluster)
    case .deployment(let deployment): cells(of: deployment)
    case .waiting(let deployment, let place): cells(of: deployment, place: place)
    case .shard(let shard): cells(of: shard)
    }
  }

  private func cells(of cluster: Cluster) -> [[TextRun]] {
    let (used, all) = (cluster.allocated ?? .init(), cluster.capacity ?? .init())
    let devices = cluster.gpuDevices.map { TopBar.device(Double($0.allocatedMillis) / 1_000) }
    let agent =
      cluster.agentAttached
      ? TextRun("attached", CellStyle(colour: .green))
      : TextRun(
        cluster.agentSeenAt.map { "lost \(Amounts.age($0, at: now))" } ?? "never",
        CellStyle(colour: .red))
    return [
      [TextRun(cluster.name)],
      Self.meter(used.cpuMillis, all.cpuMillis, Amounts.cpu),
      Self.meter(used.memoryBytes, all.memoryBytes, Amounts.memory),
      Self.meter(used.gpuMillis, all.gpuMillis, Amounts.gpu), devices,
      [TextRun(cluster.gpuModel.isEmpty ? "-" : cluster.gpuModel)], [agent],
    ]
  }

  /// A bar, then used/capacity.
  static func meter(
    _ used: Int64, _ capacity: Int64, width: Int = 8, _ text: (Int64) -> String
  ) -> [TextRun] {
    guard capacity > 0 else { return [TextRun("-", .grey)] }
    return TopBar.spans(part(used, capacity), width: width)
      + [TextRun(" \(text(used))/\(text(capacity))")]
  }

  private func cells(of one: Deployment) -> [[TextRun]] {
    let amounts = one.resources ?? .init()
    let since = one.state == .running ? one.startedAt : one.scheduledAt ?? one.createdAt
    let cluster = one.placedClusterID.isEmpty ? "-" : name(ofCluster: one.placedClusterID)
    return [
      [TextRun(one.displayName)],
      [TextRun(one.state.shortName, CellStyle(colour: one.state.colour))],
      [TextRun(cluster)], [TextRun("\(one.priority)")], [TextRun(Amounts.cpu(amounts.cpuMillis))],
      [TextRun(Amounts.memory(amounts.memoryBytes))], [TextRun(Amounts.gpu(amounts.gpuMillis))],
      [TextRun(one.gpuDevices.map(String.init).joined(separator: ","))],
      [TextRun(Amounts.age(since, at: now))], [TextRun("\(one.attempt)/\(one.maxAttempts)")],
      [TextRun(shown.why(one))],
    ]
  }

  private func cells(of one: Deployment, place: Int) -> [[TextRun]] {
    let amounts = one.resources ?? .init()
    return [
      [TextRun("\(place)")], [TextRun("\(one.priority)")], [TextRun(one.displayName)],
      [TextRun(Amounts.cpu(amounts.cpuMillis))], [TextRun(Amounts.memory(amounts.memoryBytes))],
      [TextRun(Amounts.gpu(amounts.gpuMillis))], [TextRun(Amounts.age(one.createdAt, at: now))],
      [TextRun("\(one.attempt)/\(one.maxAttempts)")], [TextRun(shown.why(one))],
    ]
  }

  private func cells(of shard: GetSchedulerResponse.Shard) -> [[TextRun]] {
    let leader =
      shard.leader.isEmpty ? TextRun("nobody", CellStyle(colour: .red)) : TextRun(shard.leader)
    return [
      [TextRun("\(shard.shard)")], [leader], [TextRun("\(shard.epoch)")],
      [TextRun("\(shard.queued)")],
      [TextRun(Amounts.age(shard.oldestQueuedAt, at: now))], [TextRun("\(shard.holding)")],
    ]
  }
}
