import ControlPlane
import Domain
import PostgresStore
import RPCServer

/// Which handler answers which service.
enum Routes {
  static func router(
    _ services: Services, operations: ServerOperations, stores: Stores, health: HealthMonitor,
    forwarder: any LogForwarder, lostAfter: Duration
  ) -> Router {
    var router = Router()
    UserHandlers(services.users).register(in: &router)
    OrganizationHandlers(services.organizations, quotas: services.quotas).register(in: &router)
    ServiceAccountHandlers(services.serviceAccounts).register(in: &router)
    PriorityClassHandlers(services.priorityClasses).register(in: &router)
    ClusterHandlers(services.clusters, quotas: services.quotas).register(in: &router)
    DeploymentHandlers(
      services.deployments, explanations: services.explanations, watch: services.watch,
      sessions: services.sessions, forwarder: forwarder, access: services.access
    ).register(in: &router)
    AgentHandlers(
      services.sessions, access: services.access, random: SystemRandom(),
      timing: AgentHandlers.Timing(
        heartbeatInterval: services.agentConfiguration.heartbeatInterval, lostAfter: lostAfter)
    ).register(in: &router)
    AdminHandlers(
      operations, scheduler: stores.postgres.scheduler,
      platform: PlatformWatch(
        store: stores.postgres.platform, clock: SystemClock(), monotonic: SystemMonotonicClock(),
        lostAfter: lostAfter)
    ).register(in: &router)
    router.addStandardServices(health: health)
    return router
  }
}
