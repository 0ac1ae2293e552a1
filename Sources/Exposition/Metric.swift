/// One metric of `/metrics`: its name and what it tells, by Prometheus' conventions.
package struct Metric: Sendable, Hashable {
  package enum Kind: String, Sendable {
    /// Only grows, from zero at the start of the process that counts.
    case counter
    case gauge
    case histogram
  }

  package let name: String
  package let kind: Kind
  /// In one line.
  package let help: String
  /// The names of its labels, in the order in which values are given.
  package let labels: [String]

  init(_ name: String, _ kind: Kind, _ labels: [String], _ help: String) {
    self.name = name
    self.kind = kind
    self.labels = labels
    self.help = help
  }

  init(_ name: String, _ kind: Kind, _ help: String) { self.init(name, kind, [], help) }

  /// Every metric there can be, in the order in which they are told.
  package static let all: [Metric] =
    replicaMetrics + rpcMetrics + schedulerMetrics + agentMetrics + postgresMetrics + redisMetrics
    + platformMetrics + consoleMetrics
}
