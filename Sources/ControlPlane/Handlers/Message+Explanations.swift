internal import Domain
internal import Messages

extension Messages.Standing {
  init(_ standing: SchedulingExplanation.Standing) {
    self =
      switch standing {
      case .next: .next
      case .waitsForRetry: .waitsForRetry
      case .waitsForRoom: .waitsForRoom
      case .heldBack: .heldBack
      case .impossible: .impossible
      case .placed: .placed
      case .ended: .ended
      }
  }
}

extension Messages.QueuePlace {
  init(_ explanation: SchedulingExplanation) {
    self.init(
      position: Int64(explanation.ahead) + 1, ahead: Int64(explanation.ahead),
      isMoreAhead: explanation.isAheadCut,
      first: explanation.firstAhead.map { one in
        QueuedAhead(
          deploymentID: one.deployment.description, name: one.name,
          priority: Int32(clamping: one.priority), createdAt: Timestamp(one.createdAt))
      })
  }
}

extension Messages.FitReport {
  init(_ explanation: SchedulingExplanation) {
    self.init(
      clusters: explanation.clusters.map(Messages.ClusterFit.init),
      clusterCount: Int32(clamping: explanation.clusterCount),
      isMore: explanation.areClustersCut,
      clusterID: explanation.placement?.cluster.description ?? "",
      gpuDevices: explanation.placement?.gpuDevices.map { Int32(clamping: $0) } ?? [],
      keptClusterID: explanation.keptOn?.cluster.description ?? "",
      advice: explanation.advice.map(Messages.FitAdvice.init))
  }
}

extension Messages.ClusterFit {
  init(_ fit: Domain.ClusterFit) {
    self.init(
      clusterID: fit.cluster.description, clusterName: fit.name, verdict: Verdict(fit.verdict),
      shortages: fit.shortages.map(Messages.FitShortage.init), gpuModel: fit.gpuModel,
      agent: Agent(fit.agent), agentSeenAt: fit.agentSeenAt.map(Timestamp.init),
      reservedForID: fit.reservation?.deployment.description ?? "",
      reservedForName: fit.reservation?.name ?? "", words: fit.words)
  }
}

extension Messages.ClusterFit.Verdict {
  init(_ verdict: Domain.ClusterFit.Verdict) {
    self =
      switch verdict {
      case .fits: .fits
      case .wrongModel: .wrongGpuModel
      case .tooSmall: .tooSmall
      case .agentLost: .agentLost
      case .noRoom: .noRoom
      case .reserved: .reserved
      }
  }
}

extension Messages.ClusterFit.Agent {
  init(_ agent: Domain.ClusterFit.Agent) {
    self =
      switch agent {
      case .attached: .attached
      case .detached: .detached
      case .lost: .lost
      case .neverAttached: .neverAttached
      }
  }
}

extension Messages.FitShortage {
  init(_ shortage: Domain.FitShortage) {
    let dimension: Dimension =
      switch shortage.dimension {
      case .cpu: .cpu
      case .memory: .memory
      case .gpuShare: .gpuShare
      case .gpuDevices: .gpuDevices
      }
    self.init(
      dimension: dimension, needed: shortage.needed, available: shortage.available,
      capacity: shortage.capacity, missing: shortage.missing)
  }
}

extension Messages.FitAdvice {
  init(_ advice: Domain.FitAdvice) {
    let kind: Kind =
      switch advice.kind {
      case .freeRoom: .freeRoom
      case .waitFor: .waitFor
      case .restoreAgent: .restoreAgent
      case .askForLess: .askForLess
      case .allowModel: .allowModel
      }
    self.init(
      kind: kind, clusterID: advice.cluster.description, clusterName: advice.clusterName,
      shortages: advice.shortages.map(Messages.FitShortage.init),
      deploymentIds: advice.deployments.map(\.description),
      deploymentCount: Int32(clamping: advice.deploymentCount),
      resources: advice.request.map(Messages.Resources.init), gpuModel: advice.gpuModel,
      words: advice.words)
  }
}
