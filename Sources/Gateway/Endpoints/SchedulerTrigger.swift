import Messages
import RPCClient
import Wire

/// Wakes the scheduler and watches what it places.
struct SchedulerTrigger: Sendable {
  let call: EndpointCall

  func run() async throws(EndpointError) -> [Deployment] {
    let watch = call.deployments.watchDeployments(WatchDeploymentsRequest(), options: watchOptions)
    // Asked on the way that the watch went: it has begun when this is answered.
    let before = try await scheduler()
    _ = try await call.run { options async throws(RPCStatus) in
      try await call.admin.triggerScheduler(TriggerSchedulerRequest(), options: options)
    }
    guard before.queued > 0 else { return [] }
    return try await placements(watch)
  }

  private var watchOptions: CallOptions {
    var options = call.options
    options.deadline = min(
      options.deadline ?? GatewayLimits.schedulingTime, GatewayLimits.schedulingTime)
    return options
  }

  private func scheduler() async throws(EndpointError) -> GetSchedulerResponse {
    try await call.run { options async throws(RPCStatus) in
      try await call.admin.getScheduler(GetSchedulerRequest(), options: options)
    }
  }

  /// Until the queue is empty, nothing was placed for a while, or the watch's deadline passes.
  private func placements(
    _ watch: ResponseStream<WatchDeploymentsResponse>
  ) async throws(EndpointError) -> [Deployment] {
    let collected = PlacementLog()
    let reading = Task {
      do throws(RPCStatus) {
        for try await change in watch {
          guard let deployment = change.deployment, change.event?.state == .scheduled,
            await collected.append(deployment)
          else { continue }
        }
      } catch {
        // Its deadline, or the server's end: what came until then is the answer.
      }
    }
    defer { reading.cancel() }
    var seen = -1
    while true {
      let count = await collected.deployments.count
      if count == seen { break }
      seen = count
      do { try await Task.sleep(for: GatewayLimits.schedulingPause) } catch { break }
      if reading.isCancelled { break }
    }
    return await collected.deployments
  }
}

/// What was placed, each once, in order.
private actor PlacementLog {
  private(set) var deployments: [Deployment] = []
  private var ids: Set<String> = []

  /// False where it is there already, or no more are kept.
  func append(_ deployment: Deployment) -> Bool {
    guard deployments.count < GatewayLimits.listedElements, ids.insert(deployment.id).inserted
    else { return false }
    deployments.append(deployment)
    return true
  }
}
