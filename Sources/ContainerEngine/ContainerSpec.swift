/// What to run, and what it may use.
package struct ContainerSpec: Hashable, Sendable, Codable {
  package var key: ContainerKey
  /// The cluster the container belongs to; an agent only ever sees its own cluster's containers.
  package var cluster: String
  /// The deployment's name, for people; may be empty.
  package var name: String
  package var image: String
  /// Empty means the image's own command.
  package var command: [String]
  package var environment: [String: String]
  /// Thousandths of a core; 0 means no limit.
  package var cpuMillis: Int64
  /// 0 means no limit.
  package var memoryBytes: Int64
  /// Thousandths of a device.
  package var gpuMillis: Int64
  /// The devices the container may use, by index.
  package var gpuDevices: [Int32]
  /// Where its start stands in a trace (W3C `traceparent`); nil: in none.
  package var traceparent: String?

  package init(
    key: ContainerKey, cluster: String, name: String = "", image: String, command: [String] = [],
    environment: [String: String] = [:], cpuMillis: Int64 = 0, memoryBytes: Int64 = 0,
    gpuMillis: Int64 = 0, gpuDevices: [Int32] = [], traceparent: String? = nil
  ) {
    self.key = key
    self.cluster = cluster
    self.name = name
    self.image = image
    self.command = command
    self.environment = environment
    self.cpuMillis = cpuMillis
    self.memoryBytes = memoryBytes
    self.gpuMillis = gpuMillis
    self.gpuDevices = gpuDevices
    self.traceparent = traceparent
  }
}
