internal import Domain

/// What became of the groups of one loop, by the name of their first statement. Confined to its
/// loop; names are of this program's statements, so there are no more than these.
struct StatementCounts {
  private var byName: [String: StoreCallStatistics] = [:]

  mutating func add(_ name: String, nanoseconds: UInt64, failure: PostgresFailure?) {
    byName[name, default: StoreCallStatistics(name: name)].add(
      nanoseconds: nanoseconds, error: failure?.shortCode)
  }

  var all: [StoreCallStatistics] { Array(byName.values) }
}

extension PostgresFailure {
  /// One of a few words, for counting.
  var shortCode: String {
    switch kind {
    case .server(let state, _): state.shortCode
    case .connectionLost: "connection_lost"
    case .noConnection: "no_connection"
    case .overloaded: "overloaded"
    case .closed: "closed"
    case .protocolError: "protocol"
    case .configuration: "configuration"
    }
  }
}

extension SQLState {
  fileprivate var shortCode: String {
    switch self {
    case .queryCancelled: "timeout"
    case _ where isRace: "race"
    case _ where isAbsence: "unavailable"
    case _ where isDataError: "refused"
    default: "other"
    }
  }
}
