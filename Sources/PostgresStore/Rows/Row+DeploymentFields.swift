internal import Domain

extension Row {
  /// Reads `Deployment.columns` into `fields`, whose texts then lie in the row.
  mutating func read(_ fields: inout DeploymentFields) throws(DomainError) {
    fields.id = try id()
    fields.organization = try id()
    fields.requestedCluster = try idOrNull()
    fields.name = try bytes()
    fields.image = try bytes()
    try elements(into: &fields.command)
    try elements(into: &fields.environment)
    guard fields.environment.count.isMultiple(of: 2) else { throw .internal("env is not in pairs") }
    fields.request = try resources()
    try elements(into: &fields.gpuModels)
    fields.priority = try int32()
    fields.maxAttempts = try int32()
    fields.createdBy = try bytes()
    fields.createdAt = try instant()
    fields.state = try state()
    fields.reason = try bytes()
    fields.attempt = try int32()
    fields.placedCluster = try idOrNull()
    try int32s(into: &fields.gpuDevices)
    fields.exitCode = try int32OrNull()
    fields.notBefore = try instantOrNull()
    fields.scheduledAt = try instantOrNull()
    fields.startedAt = try instantOrNull()
    fields.endedAt = try instantOrNull()
    fields.updatedAt = try instant()
    fields.timeToLive = try durationOrNull()
    fields.startBy = try instantOrNull()
    fields.priorityClass = try bytes()
    fields.preempts = try flag()
    _ = try int64()
    fields.requeuedAt = try instantOrNull()
    _ = try flag()
    fields.gang = try gang()
    try skip()
  }
}
