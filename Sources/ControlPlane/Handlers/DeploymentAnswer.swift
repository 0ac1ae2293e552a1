package import Domain
internal import Messages

/// A response whose deployments are written to the wire as they come out of the store: of
/// GetDeployment, ListDeployments or CreateDeployment, which all have them as field 1.
package final class DeploymentAnswer: DeploymentSink, EncodableMessage, @unchecked Sendable {
  // @unchecked: a handler makes it, lends it to the store and gives it away; one task at a time.
  @exclusivity(unchecked) private var writer: WireWriter

  /// - Parameter expected: how many deployments, to make room for.
  init(expecting expected: Int) {
    writer = WireWriter(capacity: 64 + expected * Self.usualDeploymentBytes)
  }

  private static let usualDeploymentBytes = 448

  /// The field of both responses.
  private static let deployments = 1

  package func add(_ deployment: Domain.Deployment) {
    writer.message(Self.deployments) { $0.write(deployment) }
  }

  package func add(_ fields: borrowing DeploymentFields) {
    writer.message(Self.deployments) { $0.write(fields) }
  }

  /// Ends a ListDeploymentsResponse.
  func end(nextPageToken token: String) {
    var token = token
    token.withUTF8 { writer.bytes(2, UnsafeRawBufferPointer($0)) }
  }

  package var encodedBytes: Int { writer.count }

  package func write(to target: UnsafeMutableRawPointer) { writer.write(to: target) }
}

extension WireWriter {
  /// By the numbers of `berth.v1.Deployment`.
  fileprivate mutating func write(_ one: borrowing DeploymentFields) {
    identifier(1, one.id)
    identifier(2, one.organization)
    if let cluster = one.requestedCluster { identifier(3, cluster) }
    if let cluster = one.placedCluster { identifier(4, cluster) }
    bytes(5, one.name)
    bytes(6, one.image)
    for argument in one.command { element(7, argument) }
    environment(one.environment)
    resources(one.request)
    for model in one.gpuModels { element(10, model) }
    packed(11, one.gpuDevices)
    integer(12, Int64(one.priority))
    integer(13, Int64(one.maxAttempts))
    integer(14, Int64(one.attempt))
    integer(15, Int64(DeploymentState(one.state).rawValue))
    bytes(16, one.reason)
    if let code = one.exitCode { optionalInteger(17, Int64(code)) }
    bytes(18, one.createdBy)
    timestamp(19, Timestamp(one.createdAt))
    timestamp(20, Timestamp(one.updatedAt))
    if let time = one.notBefore { timestamp(21, Timestamp(time)) }
    if let time = one.scheduledAt { timestamp(22, Timestamp(time)) }
    if let time = one.startedAt { timestamp(23, Timestamp(time)) }
    if let time = one.endedAt { timestamp(24, Timestamp(time)) }
    if let time = one.timeToLive { duration(25, ProtobufDuration(time)) }
    if let time = one.startBy { timestamp(26, Timestamp(time)) }
    bytes(27, one.priorityClass)
    if let time = one.requeuedAt { timestamp(28, Timestamp(time)) }
    integer(29, one.preempts ? 1 : 0)
    if let gang = one.gang { place(gang) }
  }

  /// The same of a value.
  fileprivate mutating func write(_ one: Domain.Deployment) {
    identifier(1, one.id)
    identifier(2, one.organization)
    if let cluster = one.requestedCluster { identifier(3, cluster) }
    if let cluster = one.placedCluster { identifier(4, cluster) }
    text(5, one.name)
    text(6, one.image)
    for argument in one.command { element(7, argument) }
    for (name, value) in one.environment.sorted(by: { $0.key < $1.key }) {
      message(8) {
        $0.text(1, name)
        $0.text(2, value)
      }
    }
    resources(one.request)
    for model in one.gpuModels { element(10, model) }
    if !one.gpuDevices.isEmpty { packed(11, one.gpuDevices.map { Int32(clamping: $0) }) }
    integer(12, Int64(one.priority))
    integer(13, Int64(one.maxAttempts))
    integer(14, Int64(one.attempt))
    integer(15, Int64(DeploymentState(one.state).rawValue))
    text(16, one.reason)
    if let code = one.exitCode { optionalInteger(17, Int64(Int32(clamping: code))) }
    text(18, one.createdBy)
    timestamp(19, Timestamp(one.createdAt))
    timestamp(20, Timestamp(one.updatedAt))
    if let time = one.notBefore { timestamp(21, Timestamp(time)) }
    if let time = one.scheduledAt { timestamp(22, Timestamp(time)) }
    if let time = one.startedAt { timestamp(23, Timestamp(time)) }
    if let time = one.endedAt { timestamp(24, Timestamp(time)) }
    if let time = one.terms.timeToLive { duration(25, ProtobufDuration(time)) }
    if let time = one.terms.startBy { timestamp(26, Timestamp(time)) }
    text(27, one.terms.priorityClass)
    if let time = one.requeuedAt { timestamp(28, Timestamp(time)) }
    integer(29, one.terms.preempts ? 1 : 0)
    if let gang = one.gang { place(gang) }
  }

  private mutating func place(_ gang: GangPlace) {
    identifier(30, gang.id)
    integer(31, Int64(gang.size))
    integer(32, Int64(gang.index))
  }

  private mutating func duration(_ field: Int, _ duration: ProtobufDuration) {
    message(field) {
      $0.integer(1, duration.seconds)
      $0.integer(2, Int64(duration.nanos))
    }
  }

  private mutating func identifier<Entity>(_ field: Int, _ id: Identifier<Entity>) {
    bytes(field, size: Identifier<Entity>.textBytes, id.write)
  }

  /// Entries in the order of their names, as `Messages` writes maps.
  private mutating func environment(_ pairs: [UnsafeRawBufferPointer]) {
    var isOrdered = true
    for name in stride(from: 2, to: pairs.count, by: 2)
    where pairs[name].lexicographicallyPrecedes(pairs[name - 2]) {
      isOrdered = false
    }
    if isOrdered {
      for name in stride(from: 0, to: pairs.count, by: 2) { entry(pairs[name], pairs[name + 1]) }
    } else {
      let names = stride(from: 0, to: pairs.count, by: 2).sorted {
        pairs[$0].lexicographicallyPrecedes(pairs[$1])
      }
      for name in names { entry(pairs[name], pairs[name + 1]) }
    }
  }

  private mutating func entry(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    message(8) {
      $0.bytes(1, name)
      $0.bytes(2, value)
    }
  }

  private mutating func resources(_ resources: Domain.Resources) {
    message(9) {
      $0.integer(1, resources.cpu.value)
      $0.integer(2, resources.memory.value)
      $0.integer(3, resources.gpu.value)
    }
  }
}
