internal import Domain

/// One of the statements by which deployments are listed: each combination of conditions has its
/// own, so that the planner sees no condition that nobody asked for.
struct DeploymentListing: Hashable {
  private let isOfAll: Bool
  /// With this the planner may use the index of what is not over.
  private let isActive: Bool
  private let hasStates: Bool
  private let hasCluster: Bool
  private let hasPriority: Bool
  private let hasGang: Bool

  init(_ filter: DeploymentFilter, in scope: TenantScope) {
    isOfAll = scope == .all
    hasStates = !filter.states.isEmpty
    isActive = hasStates && !filter.states.contains(where: \.isFinal)
    hasCluster = filter.cluster != nil
    hasPriority = filter.priority != nil
    hasGang = filter.gang != nil
  }

  private init(bits: Int) {
    isOfAll = bits & 1 != 0
    isActive = bits & 2 != 0
    hasStates = bits & 4 != 0
    hasCluster = bits & 8 != 0
    hasPriority = bits & 16 != 0
    hasGang = bits & 32 != 0
  }

  private var bits: Int {
    (isOfAll ? 1 : 0) | (isActive ? 2 : 0) | (hasStates ? 4 : 0) | (hasCluster ? 8 : 0)
      | (hasPriority ? 16 : 0) | (hasGang ? 32 : 0)
  }

  var statement: Statement { Self.statements[bits] }

  private static let statements = (0..<64).map { bits in
    Statement("deployments_\(bits)", DeploymentListing(bits: bits).sql)
  }

  /// `Statements/deployments.sql` with its conditions.
  private var sql: String {
    var conditions = ""
    var parameter = 5
    func add(_ condition: String) {
      conditions += "\n    AND \(condition.replacing("{parameter}", with: "$\(parameter)"))"
      parameter += 1
    }
    if isActive {
      conditions += "\n    AND d.state IN ('queued', 'scheduled', 'starting', 'running')"
    }
    if hasStates { add("d.state = ANY ({parameter}::text[])") }
    if hasCluster {
      add("(d.requested_cluster = {parameter}::uuid OR d.placed_cluster = {parameter}::uuid)")
    }
    if hasPriority { add("d.priority = {parameter}::int") }
    if hasGang { add("d.gang_id = {parameter}::uuid") }
    let sql = EmbeddedSQL.deployments.replacing("{filter}", with: conditions)
    guard isOfAll else { return sql }
    return sql.replacing(
      "unnest($4::uuid[]) AS o (id)",
      with: "(SELECT id FROM organizations WHERE $4::uuid[] IS NULL) AS o")
  }

  func parameters(
    _ filter: DeploymentFilter, in scope: TenantScope, before place: Place, count: Int32
  ) -> Parameters {
    Parameters {
      $0.add(place.createdAt)
      $0.add(place.id)
      $0.add(count)
      $0.add(scope)
      if hasStates { $0.add(filter.states.map(\.rawValue)) }
      if let cluster = filter.cluster { $0.add(cluster) }
      if let priority = filter.priority { $0.add(Int32(clamping: priority)) }
      if let gang = filter.gang { $0.add(gang) }
    }
  }

  /// Where a page begins: behind this.
  struct Place {
    var createdAt: Instant
    var id: DeploymentID

    static let newest = Place(
      createdAt: Instant(microseconds: .max), id: DeploymentID(.max))
  }
}
