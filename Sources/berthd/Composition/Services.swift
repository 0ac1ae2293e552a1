import Cryptography
import Domain
import EventLoop
import Logging
import PostgresStore
import Tokens

/// The domain over its stores, and what runs by itself in it.
struct Services {
  let replica: ReplicaID
  let broadcast: LocalBroadcast
  let access: Access
  let users: Users
  let organizations: Organizations
  let serviceAccounts: ServiceAccounts
  let priorityClasses: PriorityClasses
  let clusters: Clusters
  let quotas: Quotas
  let deployments: Deployments
  let explanations: Explanations
  let feed: ChangeFeed
  let watch: DeploymentWatch
  let schedulers: Schedulers
  let sessions: AgentSessions
  let agentConfiguration: AgentConfiguration

  init(
    _ configuration: Configuration, stores: Stores, loop: EventLoop, pool: BlockingPool,
    renewalLoop: EventLoop, address: @escaping @Sendable () -> String, logger: Logger
  ) async throws {
    let (clock, random, digest) = (SystemClock(), SystemRandom(), SHA256Digest())
    let postgres = stores.postgres
    let scheduling = SchedulingStores(
      stores, faults: configuration.faults, sleeper: LoopSleeper(loop: loop))
    let signer = try await Self.signer(configuration)
    let replica = ReplicaID.make(at: clock.now(), random: random.next())
    self.replica = replica
    broadcast = LocalBroadcast(stores.redis, loop: loop)
    access = Access(
      store: postgres.access, signer: signer, digest: digest, clock: clock, broadcast: broadcast)
    users = Users(
      store: postgres.users, organizations: postgres.organizations,
      hasher: PooledPasswordHasher(pool: pool),
      signer: signer, digest: digest, random: random, clock: clock,
      lifetimes: TokenLifetimes(
        access: configuration.accessTokenLifetime, refresh: configuration.refreshTokenLifetime))
    organizations = Organizations(
      store: postgres.organizations, access: access, digest: digest, random: random, clock: clock)
    serviceAccounts = ServiceAccounts(
      store: postgres.serviceAccounts, access: access, digest: digest, random: random, clock: clock)
    clusters = Clusters(
      store: postgres.clusters, access: access, broadcast: broadcast, digest: digest,
      random: random,
      clock: clock)
    quotas = Quotas(store: postgres.quotas, clusters: postgres.clusters, broadcast: broadcast)
    deployments = Deployments(
      store: scheduling.deployments, clusters: postgres.clusters, quotas: postgres.quotas,
      classes: postgres.priorityClasses, broadcast: broadcast, digest: digest, random: random,
      clock: clock)
    priorityClasses = PriorityClasses(store: postgres.priorityClasses, clock: clock)
    let environment = DomainEnvironment(
      clock: clock, monotonic: SystemMonotonicClock(), sleeper: LoopSleeper(loop: loop),
      jitter: SystemJitter(), random: random, log: LoggerDiagnostics(logger: logger))
    var feedConfiguration = ChangeFeedConfiguration()
    feedConfiguration.pollInterval = configuration.pollInterval
    feed = ChangeFeed(
      store: scheduling.changes, broadcast: broadcast, environment: environment,
      configuration: feedConfiguration)
    watch = DeploymentWatch(feed: feed, deployments: scheduling.deployments)
    let schedulerConfiguration = Self.schedulerConfiguration(configuration)
    explanations = Explanations(
      store: postgres.situations, deployments: deployments, clock: clock,
      lostAfter: schedulerConfiguration.lostAfter, policy: schedulerConfiguration.engine.policy)
    schedulers = Schedulers(
      replica: replica, store: scheduling.scheduler, leases: scheduling.leases, feed: feed,
      broadcast: broadcast,
      environment: environment, configuration: schedulerConfiguration,
      renewalExecutor: renewalLoop)
    var agents = AgentConfiguration()
    agents.heartbeatInterval = configuration.agentLostAfter / 5
    agents.lostAfter = configuration.agentLostAfter
    agentConfiguration = agents
    sessions = AgentSessions(
      location: { AgentLocation(replica: replica, address: address()) },
      deployments: scheduling.deployments, agents: postgres.agents, feed: feed,
      broadcast: broadcast,
      environment: environment,
      configuration: agents)
  }

  private static func schedulerConfiguration(
    _ configuration: Configuration
  ) -> SchedulerConfiguration {
    var scheduler = SchedulerConfiguration()
    scheduler.lockKey = "\(configuration.redisPrefix)scheduler"
    scheduler.ttl = configuration.lockLifetime
    scheduler.renewalInterval = configuration.lockLifetime / 3
    scheduler.margin = configuration.lockLifetime / 10
    if configuration.faults?.lease == .everyone {
      scheduler.campaignInterval = FaultConfiguration.eagerCampaignInterval
    }
    scheduler.lostAfter = configuration.agentLostAfter
    scheduler.engine.reservationAfter = configuration.reservationAfter
    return scheduler
  }

  private static func signer(_ configuration: Configuration) async throws -> any TokenSigner {
    let key: TokenKey =
      switch configuration.signingKey {
      case .secret(let secret): .hs256(secret: secret)
      case .privateKey(let pem): .es256(privateKeyPEM: pem)
      }
    do throws(TokenKeyError) {
      return try await JWTSigner(key: key, digest: SHA256Digest())
    } catch {
      throw StartFailure(error.description)
    }
  }
}
