package import Domain

/// Replays a trace with its times: deployments come when they came, run as long as they ran, and
/// wait while they do not fit.
package struct TimelineReplay {
  /// Which deployments go before others, by the trace's class of service; others have the least.
  package static let priorities = ["Guaranteed": 300, "LS": 200, "Burstable": 100, "BE": 0]

  package struct Options: Sendable {
    package var policy: PlacementPolicy
    /// The part of the nodes that there is, evenly from the list.
    package var shrink: Double
    package var organizations: Int
    package var reservationAfter: Duration
    /// Nil: each cluster is one organization's. Else all of them run on all, and each has a weight,
    /// in thousandths.
    package var weights: [Int64]?

    package init(
      policy: PlacementPolicy = .berth, shrink: Double = 1, organizations: Int = 1,
      reservationAfter: Duration = .seconds(30), weights: [Int64]? = nil
    ) {
      self.policy = policy
      self.shrink = shrink
      self.organizations = organizations
      self.reservationAfter = reservationAfter
      self.weights = weights
    }
  }

  private struct Running {
    let deployment: Deployment
    let pod: Int
  }

  private let trace: Trace
  private let options: Options
  /// Pods with times, in the order in which they come.
  private let arrivals: [Int]
  private var engine: SchedulingEngine
  private var record: TimelineRecord
  private let nodes: Int
  private let milliGPU: Int64
  private var waiting: [DeploymentID: Deployment] = [:]
  private var running: [DeploymentID: Running] = [:]
  private var ends = EndQueue()

  package init(_ trace: Trace, _ options: Options) throws(TraceError) {
    self.trace = trace
    self.options = options
    arrivals = trace.pods.indices.filter {
      trace.pods[$0].createdAt != nil && trace.pods[$0].seconds != nil
    }.sorted { (trace.pods[$0].createdAt ?? 0, $0) < (trace.pods[$1].createdAt ?? 0, $1) }
    guard !arrivals.isEmpty else {
      throw TraceError(file: "pods", problem: "no pod has creation_time and deletion_time")
    }
    let nodes = Self.evenly(trace.nodes, part: options.shrink)
    guard nodes.count >= options.organizations else {
      throw TraceError(file: "nodes", problem: "fewer nodes than organizations")
    }
    engine = SchedulingEngine(
      configuration: SchedulingConfiguration(
        reservationAfter: options.reservationAfter, policy: options.policy))
    let all = (0..<options.organizations).map { OrganizationID(UInt128($0 + 1)) }
    for (organization, weight) in zip(all, options.weights ?? []) {
      engine.apply(
        .quota(OrganizationQuota(organization: organization, weight: Weight(millis: weight))))
    }
    for (number, node) in nodes.enumerated() {
      let owner = all[number % all.count]
      var cluster = ReplaySetup.cluster(node, number: number, organization: owner)
      if options.weights != nil {
        cluster.quotas = all.filter { $0 != owner }.map {
          ClusterQuota(organization: $0, isAccepted: true)
        }
        // Nobody has a claim before the others, the owner neither.
        cluster.quotas.append(ClusterQuota(organization: owner, isAccepted: true))
      }
      engine.apply(.cluster(cluster))
    }
    self.nodes = nodes.count
    milliGPU = nodes.reduce(0) { $0 + $1.capacity.gpu.value }
    let times = arrivals.compactMap { trace.pods[$0].createdAt }
    record = TimelineRecord(
      from: times[0], to: times[times.count - 1], organizations: options.organizations,
      weights: options.weights)
  }

  package mutating func run() -> TimelineReport {
    var next = 0
    var now: Int64 = trace.pods[arrivals[0]].createdAt ?? 0
    while true {
      record.pass(to: now)
      while let id = ends.takeFirst(notAfter: now) { end(id) }
      while next < arrivals.count, (trace.pods[arrivals[next]].createdAt ?? 0) <= now {
        arrive(arrivals[next], at: now)
        next += 1
      }
      decide(at: now)
      let wake = engine.nextWake(now: Self.instant(now)).map { Self.second(of: $0) }
      let coming = next < arrivals.count ? trace.pods[arrivals[next]].createdAt : nil
      guard let following = [ends.first, coming].compactMap({ $0 }).min() else { break }
      now = max(now, min(following, wake.map { max($0, now + 1) } ?? following))
    }
    for id in waiting.keys { record.neverBegan(trace.pods[pod(of: id)]) }
    return record.report(nodes: nodes, milliGPU: milliGPU)
  }

  private mutating func arrive(_ pod: Int, at now: Int64) {
    let entry = trace.pods[pod]
    let organization = self.organization(of: entry)
    let deployment = ReplaySetup.deployment(
      entry, number: pod, organization: OrganizationID(UInt128(organization + 1)),
      priority: Self.priorities[entry.qos] ?? 0, createdAt: Self.instant(now))
    waiting[deployment.id] = deployment
    record.arrived(entry, organization: organization)
    engine.apply(.deployment(deployment))
  }

  private mutating func end(_ id: DeploymentID) {
    guard let ended = running.removeValue(forKey: id) else { return }
    engine.apply(.deployment(ended.deployment.ended(.completed)))
    let pod = trace.pods[ended.pod]
    record.ended(pod, organization: organization(of: pod))
  }

  private mutating func decide(at now: Int64) {
    repeat {
      for placement in engine.decide(now: Self.instant(now), limit: 1_000).placements {
        engine.apply(.confirmed(placement))
        guard let deployment = waiting.removeValue(forKey: placement.deployment) else { continue }
        let pod = pod(of: deployment.id)
        let entry = trace.pods[pod]
        running[deployment.id] = Running(
          deployment: deployment.placed(by: placement), pod: pod)
        ends.add(deployment.id, at: now + max(entry.seconds ?? 0, 1))
        record.begun(
          entry, organization: organization(of: entry),
          waited: now - Self.second(of: deployment.createdAt))
      }
    } while engine.hasWork
  }

  private func pod(of id: DeploymentID) -> Int { Int(id.value) - 1 }

  /// By a hash of its name, so that a pod's is the same in every run.
  private func organization(of pod: TracePod) -> Int {
    guard options.organizations > 1 else { return 0 }
    // FNV-1a.
    let hash = pod.name.utf8.reduce(0xcbf2_9ce4_8422_2325) { (hash: UInt64, byte) in
      (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    return Int(hash % UInt64(options.organizations))
  }

  private static func instant(_ second: Int64) -> Instant {
    ReplaySetup.start + .seconds(second)
  }

  private static func second(of instant: Instant) -> Int64 {
    (instant.microseconds + 999_999) / 1_000_000
  }

  /// Every n-th, so that each kind of node keeps its part.
  static func evenly(_ nodes: [TraceNode], part: Double) -> [TraceNode] {
    nodes.enumerated().filter { index, _ in
      (Double(index + 1) * part).rounded(.down) > (Double(index) * part).rounded(.down)
    }.map(\.element)
  }
}
