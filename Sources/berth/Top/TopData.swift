import RPCClient

/// What `berth top` knows of the server.
struct TopData {
  /// Whether changes come in.
  enum Link: Equatable {
    case live
    /// Since when, in seconds since 1970.
    case away(reason: String, since: Int64)
  }

  enum Scheduler {
    case unknown
    /// The caller is no administrator.
    case refused
    case known(GetSchedulerResponse)
  }

  private struct Entry {
    var deployment: Deployment
    /// Of the watch that told it last.
    var watch: Int
    /// When it was seen to end, in seconds since 1970.
    var endedAt: Int64?
  }

  private struct Explanation {
    let words: String
    let at: Int64
  }

  var link = Link.live
  var clusters: [Cluster] = []
  var areClustersCut = false
  var organizations: [Organization] = []
  var scheduler = Scheduler.unknown

  private var entries: [String: Entry] = [:]
  /// Deployments that `TopLimits.deployments` left no room for.
  private(set) var untold = 0
  private var explanations: [String: Explanation] = [:]
  /// How many placements were seen in each of the last seconds.
  private var placements: [(second: Int64, count: Int)] = []
  private var watch = 0

  var deployments: [Deployment] { entries.values.map(\.deployment) }

  func deployment(_ id: String) -> Deployment? { entries[id]?.deployment }

  // MARK: Changes

  /// A watch begins: returns its number.
  mutating func beginWatch() -> Int {
    watch += 1
    untold = 0
    return watch
  }

  mutating func take(_ change: WatchDeploymentsResponse, now: Int64) {
    guard let event = change.event, let deployment = change.deployment else { return }
    // What stands for a state that was there before has no number.
    if event.sequence != 0, event.state == .scheduled { countPlacement(now) }
    let id = deployment.id
    if deployment.state.isFinal {
      // Of one that was never here nothing is to be seen.
      guard entries[id] != nil else { return }
      entries[id] = Entry(deployment: deployment, watch: watch, endedAt: now)
    } else if entries[id] != nil || entries.count < TopLimits.deployments {
      entries[id] = Entry(deployment: deployment, watch: watch, endedAt: nil)
    } else {
      untold += 1
    }
    if deployment.state != .queued { explanations[id] = nil }
  }

  /// What there is, where nothing is followed.
  mutating func load(_ deployments: [Deployment]) {
    for deployment in deployments.prefix(TopLimits.deployments) {
      entries[deployment.id] = Entry(deployment: deployment, watch: watch, endedAt: nil)
    }
  }

  /// All that had not ended while watch `number` was on: what it did not tell and is not among
  /// these ended unseen, while there was none.
  mutating func reconcile(with ids: Set<String>, watch number: Int) {
    guard number == watch else { return }
    for (id, entry) in entries where entry.watch != watch && !ids.contains(id) {
      entries[id] = nil
    }
  }

  /// Another organization's deployments are shown from here on.
  mutating func forgetDeployments() {
    entries = [:]
    explanations = [:]
    placements = []
    untold = 0
  }

  /// Lets go of what ended a while ago.
  mutating func tick(now: Int64) {
    for (id, entry) in entries {
      if let ended = entry.endedAt, now - ended > TopLimits.endedSeconds { entries[id] = nil }
    }
    placements.removeAll { now - $0.second >= TopLimits.placementSeconds }
  }

  // MARK: Explanations

  mutating func explain(_ id: String, _ words: String, now: Int64) {
    guard entries[id]?.deployment.state == .queued else { return }
    if explanations.count >= TopLimits.keptExplanations { explanations = [:] }
    explanations[id] = Explanation(words: words, at: now)
  }

  /// Why it is in its state.
  func why(_ deployment: Deployment) -> String {
    deployment.state == .queued
      ? explanations[deployment.id]?.words ?? deployment.reason : deployment.reason
  }

  /// Which of these wait and were not asked about of late.
  func unexplained(_ ids: [String], now: Int64) -> [String] {
    ids.filter { id in
      guard entries[id]?.deployment.state == .queued else { return false }
      return explanations[id].map { now - $0.at >= TopLimits.explanationSeconds } ?? true
    }
  }

  // MARK: Placements

  private mutating func countPlacement(_ now: Int64) {
    if placements.last?.second == now {
      placements[placements.count - 1].count += 1
    } else {
      placements.append((now, 1))
      if placements.count > TopLimits.placementSeconds { placements.removeFirst() }
    }
  }

  /// Placements a second, of those seen in the last `TopLimits.placementSeconds`.
  func placementsPerSecond(now: Int64) -> Double {
    let recent = placements.filter { now - $0.second < TopLimits.placementSeconds }
    return Double(recent.reduce(0) { $0 + $1.count }) / Double(TopLimits.placementSeconds)
  }
}
