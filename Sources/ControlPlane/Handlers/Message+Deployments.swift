internal import Domain
internal import Messages

extension Messages.Resources {
  init(_ resources: Domain.Resources) {
    self.init(
      cpuMillis: resources.cpu.value, memoryBytes: resources.memory.value,
      gpuMillis: resources.gpu.value)
  }
}

extension Messages.Cluster {
  init(_ cluster: Domain.Cluster) {
    self.init(
      id: cluster.id.description, organizationID: cluster.organization.description,
      name: cluster.name, capacity: Resources(cluster.capacity),
      allocated: Resources(cluster.allocated), available: Resources(cluster.available),
      gpuModel: cluster.gpuModel,
      gpuDevices: cluster.gpuAllocated.enumerated().map { index, allocated in
        GPUDevice(index: Int32(index), model: cluster.gpuModel, allocatedMillis: allocated)
      },
      agentAttached: cluster.agentAttached, agentSeenAt: cluster.agentSeenAt.map(Timestamp.init),
      createdAt: Timestamp(cluster.createdAt), updatedAt: Timestamp(cluster.updatedAt),
      agentVersion: cluster.agent?.version ?? "", agentEngine: cluster.agent?.engine ?? "",
      agentAttachedAt: (cluster.agent?.attachedAt).map(Timestamp.init))
  }
}

extension Messages.DeploymentState {
  init(_ state: Domain.DeploymentState) {
    self =
      switch state {
      case .queued: .queued
      case .scheduled: .scheduled
      case .starting: .starting
      case .running: .running
      case .completed: .completed
      case .failed: .failed
      case .cancelled: .cancelled
      }
  }
}

extension Domain.DeploymentState {
  /// Nil for the unspecified state and for numbers that this version does not know.
  init?(_ state: Messages.DeploymentState) {
    switch state {
    case .queued: self = .queued
    case .scheduled: self = .scheduled
    case .starting: self = .starting
    case .running: self = .running
    case .completed: self = .completed
    case .failed: self = .failed
    case .cancelled: self = .cancelled
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension Messages.Deployment {
  init(_ one: Domain.Deployment) {
    self.init(
      id: one.id.description, organizationID: one.organization.description,
      clusterID: one.requestedCluster?.description ?? "",
      placedClusterID: one.placedCluster?.description ?? "", name: one.name, image: one.image,
      command: one.command, env: one.environment, resources: Resources(one.request),
      gpuModels: one.gpuModels, gpuDevices: one.gpuDevices.map { Int32(clamping: $0) },
      priority: Int32(clamping: one.priority), maxAttempts: Int32(clamping: one.maxAttempts),
      attempt: Int32(clamping: one.attempt), state: DeploymentState(one.state),
      reason: one.reason, exitCode: one.exitCode.map { Int32(clamping: $0) },
      createdBy: one.createdBy, createdAt: Timestamp(one.createdAt),
      updatedAt: Timestamp(one.updatedAt), notBefore: one.notBefore.map(Timestamp.init),
      scheduledAt: one.scheduledAt.map(Timestamp.init),
      startedAt: one.startedAt.map(Timestamp.init), endedAt: one.endedAt.map(Timestamp.init),
      queueTimeToLive: one.terms.timeToLive.map { ProtobufDuration($0) },
      startBy: one.terms.startBy.map(Timestamp.init), priorityClass: one.terms.priorityClass,
      requeuedAt: one.requeuedAt.map(Timestamp.init), preempts: one.terms.preempts,
      gangID: one.gang?.id.description ?? "", gangSize: Int32(clamping: one.gang?.size ?? 0),
      gangIndex: Int32(clamping: one.gang?.index ?? 0))
  }
}

extension Messages.DeploymentEvent {
  init(_ event: Domain.DeploymentEvent) {
    self.init(
      deploymentID: event.deployment.description, sequence: event.sequence,
      attempt: Int32(clamping: event.attempt), state: DeploymentState(event.state),
      reason: event.reason, at: Timestamp(event.at))
  }
}
