/// Of the schedulers of a replica, which count while it leads.
extension Metric {
  static let leading = Metric(
    "berth_scheduler_leading", .gauge, ["replica", "shard"],
    "Whether the replica leads the shard: 1 or 0.")
  static let lockHeld = Metric(
    "berth_scheduler_lock_held", .gauge, ["replica", "shard"],
    "Whether it holds the shard's lock in Redis; a leader without it leads by its term alone.")
  static let epoch = Metric(
    "berth_scheduler_epoch", .gauge, ["replica", "shard"],
    "The epoch of the term; 0 while it does not lead.")
  static let placements = Metric(
    "berth_scheduler_placements_total", .counter, ["replica"], "Deployments that were placed.")
  static let batches = Metric(
    "berth_scheduler_batches_total", .counter, ["replica"], "Transactions with placements.")
  static let refusals = Metric(
    "berth_scheduler_refusals_total", .counter, ["replica"],
    "Decisions that PostgreSQL did not accept, and that were made anew.")
  static let staleCommits = Metric(
    "berth_scheduler_stale_commits_total", .counter, ["replica"],
    "Transactions that the fence refused because another term had begun.")
  static let preemptions = Metric(
    "berth_scheduler_preemptions_total", .counter, ["replica"],
    "Deployments sent back to the queue for others, reclaims included.")
  static let reclaims = Metric(
    "berth_scheduler_reclaims_total", .counter, ["replica"],
    "Deployments sent back by an organization that the room is guaranteed to.")
  static let expirations = Metric(
    "berth_scheduler_expirations_total", .counter, ["replica"],
    "Deployments that ended because their time was up.")
  static let retries = Metric(
    "berth_scheduler_retries_total", .counter, ["replica", "reason"],
    "Attempts that went back to the queue.")
  static let failures = Metric(
    "berth_scheduler_failures_total", .counter, ["replica", "reason"],
    "Deployments that failed; preemption never ends one.")
  static let termsBegun = Metric(
    "berth_scheduler_terms_begun_total", .counter, ["replica"], "Terms that it began.")
  static let termsFenced = Metric(
    "berth_scheduler_terms_fenced_total", .counter, ["replica"],
    "Terms that ended because another one had begun.")
  static let leasesLost = Metric(
    "berth_scheduler_leases_lost_total", .counter, ["replica"],
    "Terms that ended because lock or lease could not be renewed.")
  static let schedulerErrors = Metric(
    "berth_scheduler_errors_total", .counter, ["replica"],
    "Calls of PostgreSQL or Redis that failed.")
  static let snapshots = Metric(
    "berth_scheduler_snapshots_total", .counter, ["replica"],
    "How often the whole queue was loaded.")
  static let wait = Metric(
    "berth_scheduler_wait_seconds", .histogram, ["replica"],
    "Of what it placed, from the queue to the placement; the pause of a retry does not count.")
  static let decision = Metric(
    "berth_scheduler_decision_duration_seconds", .histogram, ["replica"],
    "How long the engine took for its decisions.")

  static let schedulerMetrics = [
    leading, lockHeld, epoch, placements, batches, refusals, staleCommits, preemptions, reclaims,
    expirations, retries, failures, termsBegun, termsFenced, leasesLost, schedulerErrors,
    snapshots, wait, decision,
  ]
}
