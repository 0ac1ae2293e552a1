import TestSupport
import Testing

@testable import Domain

@Suite struct AgentReconciliationTests {
  private static let cluster = ClusterID(0xc)
  private static let grace = Duration.seconds(10)

  private static func deployment(
    _ state: DeploymentState, attempt: Int = 2, cluster: ClusterID = cluster
  ) -> Deployment {
    var fixtures = Fixtures()
    var deployment = fixtures.deployment()
    deployment.state = state
    deployment.attempt = attempt
    deployment.placedCluster = cluster
    return deployment
  }

  private static func container(
    _ state: AgentContainer.State, attempt: Int = 2, deployment: DeploymentID = DeploymentID(1)
  ) -> AgentContainer {
    AgentContainer(deployment: deployment, attempt: attempt, state: state)
  }

  /// What the agent has to do, and what is news for the database.
  struct Row: Sendable, CustomStringConvertible {
    var description: String
    var held: DeploymentState?
    var found: AgentContainer?
    var orders: [String] = []
    var reports: [String] = []
  }

  private static let table: [Row] = [
    Row(description: "nothing held, nothing found"),
    Row(description: "scheduled, absent", held: .scheduled, orders: ["start 2"]),
    Row(description: "starting, absent", held: .starting, orders: ["start 2"]),
    Row(description: "running, absent", held: .running, reports: ["failed container-lost"]),
    Row(
      description: "scheduled, starting", held: .scheduled, found: container(.starting),
      reports: ["starting"]),
    Row(
      description: "scheduled, running", held: .scheduled, found: container(.running),
      reports: ["running"]),
    Row(
      description: "starting, running", held: .starting, found: container(.running),
      reports: ["running"]),
    Row(description: "starting, starting", held: .starting, found: container(.starting)),
    Row(description: "running, running", held: .running, found: container(.running)),
    Row(description: "running, starting", held: .running, found: container(.starting)),
    Row(
      description: "running, completed", held: .running, found: container(.completed),
      reports: ["completed"]),
    Row(
      description: "scheduled, failed", held: .scheduled, found: container(.failed),
      reports: ["failed"]),
    Row(
      description: "another attempt running", held: .scheduled,
      found: container(.running, attempt: 1), orders: ["start 2", "stop 1"]),
    Row(
      description: "an attempt not begun", held: .running, found: container(.running, attempt: 3),
      orders: ["stop 3"], reports: ["failed container-lost"]),
    Row(description: "not held, running", found: container(.running), orders: ["stop 2"]),
    Row(description: "not held, completed", found: container(.completed), orders: ["stop 2"]),
  ]

  @Test("an agent attaches", arguments: table)
  func reconciles(row: Row) throws {
    let held = row.held.map { [Self.deployment($0)] } ?? []
    let result = AgentReconciliation(
      holding: held, found: row.found.map { [$0] } ?? [], stopGrace: Self.grace)
    #expect(result.orders.map(Self.words) == row.orders)
    #expect(
      result.reports.map { report in
        ["\(report.state)", report.reason].filter { !$0.isEmpty }.joined(separator: " ")
      } == row.reports)
    #expect(result.containers == (row.held == nil ? [:] : [DeploymentID(1): 2]))
    for report in result.reports where report.reason == "container-lost" {
      let documented = try RetryReason.containerLost.isDocumentedAsRetried()
      #expect(report.isRetryable == documented)
    }
  }

  private static func words(_ order: AgentOrder) -> String {
    switch order {
    case .start(let deployment): "start \(deployment.attempt)"
    case .stop(_, let attempt, _): "stop \(attempt)"
    case .streamLogs, .stopLogs: "logs"
    }
  }

  @Test func `containers of several attempts: the held one stays, the others go`() {
    let result = AgentReconciliation(
      holding: [Self.deployment(.running)],
      found: [
        Self.container(.completed, attempt: 1), Self.container(.running, attempt: 2),
        Self.container(.running, deployment: DeploymentID(9)),
      ], stopGrace: Self.grace)
    #expect(
      result.orders == [
        .stop(DeploymentID(1), attempt: 1, grace: Self.grace),
        .stop(DeploymentID(9), attempt: 2, grace: Self.grace),
      ])
    #expect(result.reports == [])
  }

  /// How a deployment is, what the agent has of it, and what follows.
  struct Change: Sendable, CustomStringConvertible {
    var description: String
    var state: DeploymentState
    var attempt = 2
    var isElsewhere = false
    var known: Int?
    var orders: [String] = []
    var knownAfter: Int?
  }

  private static let changes: [Change] = [
    Change(description: "placed here", state: .scheduled, orders: ["start 2"], knownAfter: 2),
    Change(description: "told already", state: .scheduled, known: 2, knownAfter: 2),
    Change(description: "runs", state: .running, known: 2, knownAfter: 2),
    Change(
      description: "placed here again", state: .scheduled, known: 1,
      orders: ["stop 1", "start 2"], knownAfter: 2),
    Change(description: "placed elsewhere", state: .scheduled, isElsewhere: true),
    Change(
      description: "moved", state: .scheduled, isElsewhere: true, known: 1, orders: ["stop 1"]),
    Change(description: "cancelled", state: .cancelled, known: 2, orders: ["stop 2"]),
    Change(description: "completed by a call", state: .completed, known: 2, orders: ["stop 2"]),
    Change(description: "requeued", state: .queued, known: 2, orders: ["stop 2"]),
    Change(description: "final, unknown", state: .failed),
    Change(description: "old news: queued", state: .queued, attempt: 1, known: 2, knownAfter: 2),
    Change(
      description: "old news: scheduled", state: .scheduled, attempt: 1, known: 2, knownAfter: 2),
    Change(description: "running, unknown", state: .running),
  ]

  @Test("the feed tells of a change", arguments: changes)
  func follows(change: Change) {
    var containers = change.known.map { [DeploymentID(1): $0] } ?? [:]
    let following = AgentFollowing(cluster: Self.cluster, stopGrace: Self.grace)
    let orders = following.orders(
      for: Self.deployment(
        change.state, attempt: change.attempt,
        cluster: change.isElsewhere ? ClusterID(0xd) : Self.cluster),
      &containers)
    #expect(orders.map(Self.words) == change.orders)
    #expect(containers[DeploymentID(1)] == change.knownAfter)
  }
}
