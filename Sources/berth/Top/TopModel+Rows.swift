import RPCClient

extension TopModel {
  /// The rows of a pane: those that the filter lets through, in the order that is chosen.
  func rows(of pane: Pane) -> [TopRow] {
    let all: [TopRow] =
      switch pane {
      case .clusters: shown.clusters.map { .cluster($0) }
      case .running:
        shown.deployments.filter { $0.state != .queued }.map { .deployment($0) }
      case .queue: Self.queue(shown.deployments)
      case .scheduler: shards.map { .shard($0) }
      }
    let view = views[pane.rawValue]
    var rows = all.filter(isWanted)
    guard let order = sorts(of: pane)[safe: view.sort] else { return rows }
    rows.sort(by: order.isBefore)
    return view.isReversed ? rows.reversed() : rows
  }

  /// What waits, in the order in which it is looked at.
  private static func queue(_ deployments: [Deployment]) -> [TopRow] {
    let waiting = deployments.filter { $0.state == .queued }.sorted(by: isAhead)
    return waiting.enumerated().map { .waiting($1, place: $0 + 1) }
  }

  private static func isAhead(_ a: Deployment, _ b: Deployment) -> Bool {
    if a.priority != b.priority { return a.priority > b.priority }
    let (left, right) = (a.createdAt ?? .init(), b.createdAt ?? .init())
    if left != right { return left < right }
    return a.gangIndex != b.gangIndex ? a.gangIndex < b.gangIndex : a.id < b.id
  }

  private var shards: [GetSchedulerResponse.Shard] {
    guard case .known(let answer) = shown.scheduler else { return [] }
    return answer.shards
  }

  private func isWanted(_ row: TopRow) -> Bool {
    guard !filter.isEmpty else { return true }
    let wanted = filter.lowercased()
    return words(of: row).contains { $0.lowercased().contains(wanted) }
  }

  /// What the filter looks at.
  private func words(of row: TopRow) -> [String] {
    switch row {
    case .cluster(let cluster):
      return [
        cluster.name, cluster.id, cluster.gpuModel, name(ofOrganization: cluster.organizationID),
      ]
    case .deployment(let one), .waiting(let one, _):
      let cluster = one.placedClusterID.isEmpty ? one.clusterID : one.placedClusterID
      return [
        one.name, one.id, one.image, one.state.shortName, one.priorityClass, shown.why(one),
        name(ofOrganization: one.organizationID), name(ofCluster: cluster),
      ]
    case .shard(let shard): return ["\(shard.shard)", shard.leader]
    }
  }

  /// The orders of a pane; the first is what it begins with.
  func sorts(of pane: Pane) -> [TopSort] {
    switch pane {
    case .clusters:
      [
        TopSort("name") { a, b in
          guard case .cluster(let a) = a, case .cluster(let b) = b else { return false }
          return (a.name, a.id) < (b.name, b.id)
        },
        .clusters("cpu in use") { Self.part($0.allocated?.cpuMillis, $0.capacity?.cpuMillis) },
        .clusters("memory in use") {
          Self.part($0.allocated?.memoryBytes, $0.capacity?.memoryBytes)
        },
        .clusters("gpu in use") { Self.part($0.allocated?.gpuMillis, $0.capacity?.gpuMillis) },
      ]
    case .running:
      [
        .deployments("newest") { ($0.scheduledAt ?? .init()) > ($1.scheduledAt ?? .init()) },
        .deployments("state") { $0.state.rawValue < $1.state.rawValue },
        .deployments("name") { $0.displayName < $1.displayName },
        .deployments("priority") { $0.priority > $1.priority },
        .deployments("gpu") { ($0.resources?.gpuMillis ?? 0) > ($1.resources?.gpuMillis ?? 0) },
        .deployments("cpu") { ($0.resources?.cpuMillis ?? 0) > ($1.resources?.cpuMillis ?? 0) },
      ]
    case .queue:
      [
        TopSort("position") { a, b in
          guard case .waiting(_, let a) = a, case .waiting(_, let b) = b else { return false }
          return a < b
        },
        .deployments("age") { ($0.createdAt ?? .init()) < ($1.createdAt ?? .init()) },
        .deployments("name") { $0.displayName < $1.displayName },
        .deployments("gpu") { ($0.resources?.gpuMillis ?? 0) > ($1.resources?.gpuMillis ?? 0) },
        .deployments("attempt") { $0.attempt > $1.attempt },
      ]
    case .scheduler:
      [
        TopSort("shard") { a, b in
          guard case .shard(let a) = a, case .shard(let b) = b else { return false }
          return a.shard < b.shard
        },
        TopSort("queued") { a, b in
          guard case .shard(let a) = a, case .shard(let b) = b else { return false }
          return (b.queued, a.shard) < (a.queued, b.shard)
        },
      ]
    }
  }

  /// How much of something is in use, from 0 to 1.
  static func part(_ used: Int64?, _ capacity: Int64?) -> Double {
    guard let capacity, capacity > 0, let used else { return 0 }
    return min(max(Double(used) / Double(capacity), 0), 1)
  }

  /// Those that wait and are on the screen, and were not asked about of late.
  func toExplain() -> [String] {
    guard !isPaused, overlay == nil else { return [] }
    let rows = rows(of: .queue)
    let top = min(views[Pane.queue.rawValue].top, rows.count)
    let onScreen = rows[top...].prefix(max(visibleRows(of: .queue), 0))
    return Array(
      data.unexplained(onScreen.map(\.id), now: now).prefix(TopLimits.explanations))
  }
}
