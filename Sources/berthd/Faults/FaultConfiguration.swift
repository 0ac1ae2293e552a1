/// What tests make this process suffer. Every part of it is refused unless `BERTH_FAULTS=allowed`
/// says so in development; docs/operations.md lists the variables.
struct FaultConfiguration {
  private static let permit = "BERTH_FAULTS"
  private static let failpoints = "BERTH_FAILPOINTS"
  private static let lease = "BERTH_FAULT_LEASE"
  private static let lock = "BERTH_FAULT_LOCK_MILLISECONDS"

  /// How soon a replica that met the fence believes again, where everyone holds the lock.
  static let eagerCampaignInterval = Duration.milliseconds(100)

  enum Lease: String, CaseIterable {
    /// Redis decides.
    case redis
    /// A stub gives the lock to whoever asks, and every renewal succeeds: each replica believes
    /// that it leads until a write of its meets the fence.
    case everyone
  }

  var orders: [Failpoint: FailpointOrder] = [:]
  var lease = Lease.redis
  /// In place of `BERTH_LOCK_SECONDS`.
  var lockLifetime: Duration?

  /// Nil where nothing is asked for: then no store is wrapped, and nothing of this costs anything.
  static func read(
    _ environment: EnvironmentValues, mode: Configuration.Mode
  ) throws(ConfigurationError) -> FaultConfiguration? {
    guard let asked = [failpoints, lease, lock].first(where: { environment.text($0) != nil })
    else { return nil }
    guard environment.text(permit) == "allowed" else {
      throw ConfigurationError(asked, "is for tests alone: it needs \(permit)=allowed")
    }
    guard mode == .development else {
      throw ConfigurationError(asked, "is refused in production")
    }
    var faults = FaultConfiguration()
    faults.orders = try orders(environment.text(failpoints) ?? "")
    faults.lease = try environment.choice(lease, default: .redis)
    if environment.text(lock) != nil {
      faults.lockLifetime = .milliseconds(
        try environment.integer(lock, default: 1_000, in: 200...300_000))
    }
    return faults
  }

  /// "NAME=ACTION,NAME=ACTION".
  private static func orders(
    _ text: String
  ) throws(ConfigurationError) -> [Failpoint: FailpointOrder] {
    var orders: [Failpoint: FailpointOrder] = [:]
    for entry in text.split(separator: ",") {
      let parts = entry.split(separator: "=", maxSplits: 1)
      guard let point = parts.first.flatMap({ Failpoint(rawValue: String($0)) }) else {
        let names = Failpoint.allCases.map(\.rawValue).joined(separator: ", ")
        throw ConfigurationError(failpoints, "\"\(entry)\" names none of \(names)")
      }
      guard parts.count == 2, let order = FailpointOrder(parts[1]) else {
        throw ConfigurationError(
          failpoints, "\"\(entry)\" is not NAME=kill, NAME=stop or NAME=sleep:MS, with @N after it")
      }
      orders[point] = order
    }
    return orders
  }
}
