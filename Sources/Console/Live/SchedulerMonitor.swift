import Messages
import RPCClient
import Wire

/// Looks at the scheduler with the console's own token and shares what names no tenant with every
/// page.
struct SchedulerMonitor: Sendable {
  /// To any replica.
  let channel: Channel
  /// One to each replica.
  let replicas: [Channel]
  /// An administrator's. Nil: pages are told that the console may not ask.
  let credentials: (any CredentialsProvider)?
  let hub: LiveHub
  let time: LiveTime

  /// Until the task is cancelled.
  func run() async {
    guard let credentials else {
      hub.share([LiveKey(.scheduler): JSONText.object(["unknown": JSONText.quoted("no-token")])])
      return
    }
    var samples = SampleRing()
    var window = PlacementWindow()
    repeat {
      do throws(RPCStatus) {
        let scheduler = try await ask(channel, credentials) {
          (channel, options) throws(RPCStatus) in
          try await AdminServiceClient(channel).getScheduler(
            GetSchedulerRequest(), options: options)
        }
        let now = time.now()
        var values: [LiveKey: String?] = [LiveKey(.scheduler): scheduler.jsonString()]
        if let change = samples.add(at: now) {
          window.add(
            await counts(credentials), at: Double(now.microseconds) / 1e6)
          values[LiveKey(.placements)] = Self.summary(window)
          values[LiveKey(.schedulerSample, change.added)] = Self.sample(
            scheduler, window, at: now)
          if let removed = change.removed {
            values[LiveKey(.schedulerSample, removed)] = .some(nil)
          }
        }
        hub.share(values)
      } catch {
        // While berthd is away the last state stands: the page says that it is away.
        if error.code == .permissionDenied || error.code == .unauthenticated {
          hub.share([LiveKey(.scheduler): JSONText.object(["unknown": JSONText.quoted("refused")])])
        }
      }
    } while (try? await time.sleep(ConsoleLimits.schedulerInterval)) != nil
  }

  /// What each replica that answers has counted, by its name and start.
  private func counts(
    _ credentials: any CredentialsProvider
  ) async -> [String: PlacementWindow.Count] {
    var counts: [String: PlacementWindow.Count] = [:]
    for replica in replicas {
      let answer = try? await ask(replica, credentials) { (channel, options) throws(RPCStatus) in
        try await AdminServiceClient(channel).getControlPlaneStatistics(
          GetControlPlaneStatisticsRequest(replicaOnly: true), options: options)
      }
      guard let answer, let scheduler = answer.scheduler else { continue }
      let start = answer.startedAt.map { "\($0)" } ?? ""
      counts["\(answer.replica) \(start)"] = PlacementWindow.Count(scheduler)
    }
    return counts
  }

  private func ask<Answer: Sendable>(
    _ channel: Channel, _ credentials: any CredentialsProvider,
    _ call: (Channel, CallOptions) async throws(RPCStatus) -> Answer
  ) async throws(RPCStatus) -> Answer {
    let options = { (token: String?) in
      CallOptions(deadline: ConsoleLimits.lookDeadline, token: token)
    }
    let token = try await credentials.token(for: channel)
    do throws(RPCStatus) {
      return try await call(channel, options(token))
    } catch {
      // A berthd that began anew has written another one.
      guard error.code == .unauthenticated, let token,
        try await credentials.rejected(token, by: channel)
      else { throw error }
      return try await call(channel, options(try await credentials.token(for: channel)))
    }
  }

  private static func summary(_ window: PlacementWindow) -> String {
    func seconds(_ quantile: Double) -> String {
      guard let wait = window.wait(quantile: quantile) else { return "null" }
      return wait.isFinite ? "\(wait)" : "\"more\""
    }
    return JSONText.object([
      "placements": "\(window.placements)", "perSecond": "\(window.placementsPerSecond)",
      "p50": seconds(0.5), "p95": seconds(0.95), "p99": seconds(0.99),
    ])
  }

  private static func sample(
    _ scheduler: GetSchedulerResponse, _ window: PlacementWindow, at now: Timestamp
  ) -> String {
    JSONText.object([
      "at": JSONText.quoted("\(now)"), "queued": "\(scheduler.queued)",
      "holding": "\(scheduler.holding)", "perSecond": "\(window.placementsPerSecond)",
    ])
  }
}
