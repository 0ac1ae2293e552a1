import RPCClient

/// What waits and runs on the whole platform.
extension MetricTable {
  /// - Parameter platform: nil: nobody tells.
  mutating func add(_ platform: GetControlPlaneStatisticsResponse.Platform?) {
    set(.platformUp, platform != nil)
    guard let platform else { return }
    if let took = platform.took { set(.platformDuration, Duration(took)) }
    if let at = platform.at { set(.platformTime, at.inSeconds) }
    var queued: Int64 = 0
    for queue in platform.queue {
      let label = [queue.priority.map { "\($0)" } ?? "other"]
      queued &+= queue.deployments
      set(.queue, label, queue.deployments)
      set(.queuePaused, label, queue.paused)
      let since = queue.waitingSince?.inSeconds ?? .infinity
      set(.queueOldest, label, max(0, (platform.at?.inSeconds ?? 0) - since))
    }
    set(.deployments, ["queued"], queued)
    set(.deployments, ["scheduled"], platform.scheduled)
    set(.deployments, ["starting"], platform.starting)
    set(.deployments, ["running"], platform.running)
    set(.clusters, ["attached"], platform.agentsAttached)
    set(.clusters, ["lost"], platform.agentsLost)
    set(.clusters, ["none"], platform.agentsNone)
    set(
      .clustersOmitted, max(0, platform.clustersTotal &- Int64(clamping: platform.clusters.count)))
    for cluster in platform.clusters {
      let labels = [cluster.organization, cluster.name]
      add(cluster.capacity, .clusterCapacity, labels)
      add(cluster.allocated, .clusterAllocated, labels)
    }
    add(platform.capacity, .capacity, [])
    add(platform.allocated, .allocated, [])
  }

  private mutating func add(_ amount: Resources?, _ metric: Metric, _ labels: [String]) {
    guard let amount else { return }
    set(metric, labels + ["cpu", "core"], Double(amount.cpuMillis) / 1_000)
    set(metric, labels + ["memory", "byte"], amount.memoryBytes)
    set(metric, labels + ["gpu", "device"], Double(amount.gpuMillis) / 1_000)
  }
}
