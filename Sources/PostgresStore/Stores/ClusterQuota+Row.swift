internal import Domain

extension ClusterQuota {
  /// Of `q`.
  static let columns = """
    q.organization_id, q.cpu_guaranteed, q.memory_guaranteed, q.gpu_guaranteed, q.cpu_limit,
    q.memory_limit, q.gpu_limit, q.may_borrow, q.is_accepted, q.reclaim
    """

  init(row: inout Row) throws(DomainError) {
    self.init(
      organization: try row.id(), guaranteed: try row.resources(), limit: try row.ceiling(),
      mayBorrow: try row.flag(), isAccepted: try row.flag(),
      reclaim: try Self.reclaim(try row.text()))
  }

  /// All of the cluster `c` as one column: an array of texts, in each what `columns` are with
  /// spaces between.
  static let ofCluster = """
    ARRAY(
      SELECT concat_ws(' ', q.organization_id, q.cpu_guaranteed, q.memory_guaranteed,
        q.gpu_guaranteed, coalesce(q.cpu_limit::text, '-'), coalesce(q.memory_limit::text, '-'),
        coalesce(q.gpu_limit::text, '-'), q.may_borrow::int, q.is_accepted::int,
        q.reclaim)
      FROM cluster_quotas q WHERE q.cluster_id = c.id ORDER BY q.organization_id)
    """

  static func all(in row: inout Row) throws(DomainError) -> [ClusterQuota] {
    var quotas: [ClusterQuota] = []
    for text in try row.texts() { quotas.append(try ClusterQuota(text)) }
    return quotas
  }

  private init(_ text: String) throws(DomainError) {
    let parts = text.split(separator: " ")
    guard parts.count == 10, let organization = OrganizationID(parts[0]) else {
      throw .internal("PostgreSQL: \(text) is no quota")
    }
    let amounts = try parts[1...3].map { part throws(DomainError) in try Self.number(part) }
    let limits = try parts[4...6].map { part throws(DomainError) in
      part == "-" ? nil : try Self.number(part)
    }
    self.init(
      organization: organization,
      guaranteed: Resources(
        cpu: MilliCPU(amounts[0]), memory: Bytes(amounts[1]), gpu: MilliGPU(amounts[2])),
      limit: ResourceCeiling(
        cpu: limits[0].map(MilliCPU.init), memory: limits[1].map(Bytes.init),
        gpu: limits[2].map(MilliGPU.init)),
      mayBorrow: parts[7] == "1", isAccepted: parts[8] == "1",
      reclaim: try Self.reclaim(parts[9]))
  }

  private static func reclaim(_ text: some StringProtocol) throws(DomainError) -> ReclaimPolicy {
    guard let policy = ReclaimPolicy(rawValue: String(text)) else {
      throw .internal("PostgreSQL: \(text) says nothing of reclaim")
    }
    return policy
  }

  private static func number(_ text: Substring) throws(DomainError) -> Int64 {
    guard let number = Int64(text) else { throw .internal("PostgreSQL: \(text) is no amount") }
    return number
  }
}

extension OrganizationQuota {
  /// Of `q`.
  static let columns = """
    q.organization_id, q.cpu_limit, q.memory_limit, q.gpu_limit, q.queued_limit, q.weight_millis
    """

  init(row: inout Row) throws(DomainError) {
    self.init(
      organization: try row.id(), limit: try row.ceiling(), queuedLimit: try row.intOrNull(),
      weight: Weight(millis: try row.int64()))
  }
}

extension Row {
  mutating func ceiling() throws(DomainError) -> ResourceCeiling {
    ResourceCeiling(
      cpu: try int64OrNull().map(MilliCPU.init), memory: try int64OrNull().map(Bytes.init),
      gpu: try int64OrNull().map(MilliGPU.init))
  }
}
