/// Calls of one kind to a store, as this process has seen them.
package struct StoreCallStatistics: Sendable, Equatable {
  /// Of a statement or a command.
  package let name: String
  /// Of all that ended, from the call to its answer.
  package private(set) var latency = DurationHistogram()
  /// Of these, why they failed: short codes.
  package private(set) var errors: [String: UInt64] = [:]

  package init(name: String) { self.name = name }

  package mutating func add(nanoseconds: UInt64, error: String? = nil) {
    latency.add(nanoseconds: nanoseconds)
    if let error { errors[error, default: 0] &+= 1 }
  }

  package mutating func add(_ other: StoreCallStatistics) {
    latency.add(other.latency)
    errors.merge(other.errors) { $0 &+ $1 }
  }
}

extension Sequence<[StoreCallStatistics]> {
  /// Those of the same name as one, by name.
  package func merged() -> [StoreCallStatistics] {
    var all: [String: StoreCallStatistics] = [:]
    for one in joined() { all[one.name, default: StoreCallStatistics(name: one.name)].add(one) }
    return all.values.sorted { $0.name < $1.name }
  }
}
