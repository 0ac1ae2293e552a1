package import Gateway
package import Hummingbird
package import RPCClient

/// The web console: pages, sessions and live events, over the gateway's calls.
package struct Console: Sendable {
  package let sessions: ConsoleSessions
  private let channel: Channel
  private let hub: LiveHub
  private let monitor: SchedulerMonitor

  /// - Parameters:
  ///   - replicas: a channel to each replica, for what each counts of its own.
  ///   - credentials: an administrator's, by which the console asks for the scheduler's state. Nil:
  ///     pages do without.
  package init(
    channel: Channel, replicas: [Channel], credentials: (any CredentialsProvider)?
  ) {
    let hub = LiveHub { session, organization in
      OrganizationSource(
        channel: channel, credentials: session.credentials, organization: organization)
    }
    self.channel = channel
    self.hub = hub
    sessions = ConsoleSessions(channel: channel, onEnd: { hub.end(session: $0) })
    monitor = SchedulerMonitor(
      channel: channel, replicas: replicas, credentials: credentials, hub: hub, time: .system)
  }

  package func addRoutes(to router: Router<GatewayContext>) {
    let group = router.group().add(middleware: PageHeaders())
    AssetRoutes().add(to: group)
    SessionRoutes(channel: channel, sessions: sessions).add(to: group)
    EventRoutes(sessions: sessions, hub: hub).add(to: group)
  }

  /// What runs beside the requests, until the task is cancelled.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await monitor.run() }
      group.addTask { await sessions.sweepForever() }
    }
    await hub.close()
  }
}
