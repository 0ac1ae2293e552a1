internal import Domain

extension Deployment {
  /// Of `d`.
  static let columns = """
    d.id, d.organization_id, d.requested_cluster, d.name, d.image, d.command, d.env, d.cpu,
    d.memory, d.gpu, d.gpu_models, d.priority, d.max_attempts, d.created_by, d.created_at, d.state,
    d.reason, d.attempt, d.placed_cluster, d.gpu_devices, d.exit_code, d.not_before,
    d.scheduled_at, d.started_at, d.ended_at, d.updated_at,
    d.queue_time_to_live, d.start_by, d.priority_class, d.preempts, d.protection, d.requeued_at,
    d.has_run, d.gang_id, d.gang_size, d.gang_index, d.traceparent
    """

  /// The same with what a scheduler does not look at left empty: most of a row's bytes.
  static let schedulingColumns =
    columns
    .replacing("d.name, d.image, d.command, d.env,", with: "'', '', '{}'::text[], '{}'::text[],")
    .replacing("d.created_by,", with: "'',")
    .replacing("d.reason,", with: "'',")
    .replacing("d.priority_class,", with: "'',")
    .replacing("d.traceparent", with: "NULL::text")

  init(row: inout Row) throws(DomainError) {
    self.init(
      id: try row.id(), organization: try row.id(), requestedCluster: try row.idOrNull(),
      name: try row.text(), image: try row.text(), command: try row.texts(),
      environment: try row.environment(), request: try row.resources(),
      gpuModels: try row.texts(), priority: try row.int(), maxAttempts: try row.int(),
      createdBy: try row.text(), createdAt: try row.instant(), state: try row.state(),
      reason: try row.text(), attempt: try row.int(), placedCluster: try row.idOrNull(),
      gpuDevices: try row.ints(), exitCode: try row.intOrNull(),
      notBefore: try row.instantOrNull(), scheduledAt: try row.instantOrNull(),
      startedAt: try row.instantOrNull(), endedAt: try row.instantOrNull(),
      updatedAt: try row.instant(), terms: try QueueTerms(row: &row),
      requeuedAt: try row.instantOrNull(), hasRun: try row.flag(), gang: try row.gang(),
      traceparent: try row.textOrNull())
  }
}

extension QueueTerms {
  fileprivate init(row: inout Row) throws(DomainError) {
    self.init(
      timeToLive: try row.durationOrNull(), startBy: try row.instantOrNull(),
      priorityClass: try row.text(), preempts: try row.flag(), protection: try row.duration())
  }
}

extension DeploymentEvent {
  /// Of `e`.
  static let columns = "e.deployment_id, e.sequence, e.attempt, e.state, e.reason, e.at"

  init(row: inout Row) throws(DomainError) {
    self.init(
      deployment: try row.id(), sequence: try row.int64(), attempt: try row.int(),
      state: try row.state(), reason: try row.text(), at: try row.instant())
  }
}

extension Row {
  /// The three columns of a gang.
  mutating func gang() throws(DomainError) -> GangPlace? {
    let id: DeploymentID? = try idOrNull()
    let (size, index) = (try intOrNull(), try intOrNull())
    guard let id else { return nil }
    guard let size, let index else { throw .internal("a gang without size or index") }
    return GangPlace(id: id, size: size, index: index)
  }

  private static let states = DeploymentState.allCases.map { (Array($0.rawValue.utf8), $0) }

  mutating func state() throws(DomainError) -> DeploymentState {
    let bytes = try bytes()
    for (name, state) in Self.states where name.count == bytes.count && bytes.elementsEqual(name) {
      return state
    }
    throw .internal("no state: \(String(decoding: bytes, as: UTF8.self))")
  }

  /// Names and values in turn.
  fileprivate mutating func environment() throws(DomainError) -> [String: String] {
    let pairs = try texts()
    guard pairs.count.isMultiple(of: 2) else { throw .internal("env is not in pairs") }
    if pairs.isEmpty { return [:] }
    var environment = [String: String](minimumCapacity: pairs.count / 2)
    for index in stride(from: 0, to: pairs.count, by: 2) {
      environment[pairs[index]] = pairs[index + 1]
    }
    return environment
  }
}
