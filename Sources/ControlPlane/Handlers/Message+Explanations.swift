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
      case .waitsForQuota: .waitsForQuota
      }
  }
}

extension Messages.TimeLimit {
  init(_ limit: Domain.TimeLimit) {
    self.init(at: Timestamp(limit.at), reason: limit.cause.reason)
  }
}

extension Messages.PreemptionOutlook {
  init(_ outlook: Domain.PreemptionOutlook) {
    let chance: Chance =
      switch outlook.chance {
      case .now: .now
      case .later: .later
      case .nobody: .none
      }
    self.init(
      chance: chance, clusterID: outlook.cluster?.description ?? "",
      clusterName: outlook.clusterName, deploymentIds: outlook.victims.map(\.description),
      victimCount: Int32(clamping: outlook.victimCount),
      reclaimedCount: Int32(clamping: outlook.reclaimedCount),
      at: outlook.at.map(Timestamp.init), words: outlook.words)
  }
}

extension Messages.QuotaFit {
  init(_ quota: Domain.QuotaFit) {
    self.init(
      held: Messages.Resources(quota.held),
      guaranteed: quota.guaranteed.map(Messages.Resources.init),
      limit: Messages.ResourceLimits(quota.ceiling),
      missing: Messages.Resources(quota.missing), borrows: quota.isBorrowing)
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
      advice: explanation.advice.map(Messages.FitAdvice.init),
      quota: explanation.quota.map(Messages.QuotaFit.init))
  }
}

extension Messages.ClusterFit {
  init(_ fit: Domain.ClusterFit) {
    self.init(
      clusterID: fit.cluster.description, clusterName: fit.name, verdict: Verdict(fit.verdict),
      shortages: fit.shortages.map(Messages.FitShortage.init), gpuModel: fit.gpuModel,
      agent: Agent(fit.agent), agentSeenAt: fit.agentSeenAt.map(Timestamp.init),
      reservedForID: fit.reservation?.deployment?.description ?? "",
      reservedForName: fit.reservation?.name ?? "", words: fit.words,
      quota: fit.quota.map(Messages.QuotaFit.init),
      isReservedForOther: fit.reservation.map { $0.deployment == nil } ?? false)
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
      case .quota: .quota
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
      case .endOwnWork: .endOwnWork
      case .raiseQuota: .raiseQuota
      }
    self.init(
      kind: kind, clusterID: advice.cluster?.description ?? "", clusterName: advice.clusterName,
      shortages: advice.shortages.map(Messages.FitShortage.init),
      deploymentIds: advice.deployments.map(\.description),
      deploymentCount: Int32(clamping: advice.deploymentCount),
      resources: advice.request.map(Messages.Resources.init), gpuModel: advice.gpuModel,
      words: advice.words)
  }
}
