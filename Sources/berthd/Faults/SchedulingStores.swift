import Domain
import PostgresStore

/// The stores that scheduling rests on: as they are, or with the faults that a test asked for
/// around them.
struct SchedulingStores {
  let scheduler: any SchedulerStore
  let leases: any LeaseStore
  let changes: any ChangeStore
  let deployments: any DeploymentStore

  init(_ stores: Stores, faults: FaultConfiguration?, sleeper: any Sleeper) {
    let postgres = stores.postgres
    guard let faults else {
      scheduler = postgres.scheduler
      leases = stores.redis
      changes = postgres.changes
      deployments = postgres.deployments
      return
    }
    let points = Failpoints(faults.orders, sleeper: sleeper)
    let believes = faults.lease == .everyone
    let lock: any LeaseStore = believes ? EveryonesLease() : stores.redis
    leases = FaultyLeaseStore(store: lock, points: points)
    scheduler = FaultySchedulerStore(store: postgres.scheduler, points: points, believes: believes)
    changes = FaultyChangeStore(store: postgres.changes, points: points)
    deployments = FaultyDeploymentStore(store: postgres.deployments, points: points)
  }
}
