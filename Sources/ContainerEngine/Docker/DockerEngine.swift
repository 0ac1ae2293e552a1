import Foundation
package import Logging
import NIOHTTP1

/// Runs containers on a Docker Engine, by its HTTP interface of version 1.41 or later.
package struct DockerEngine: ContainerEngine {
  /// The labels by which Berth knows its containers.
  enum Label {
    static let deployment = "berth.deployment"
    static let attempt = "berth.attempt"
    static let cluster = "berth.cluster"
  }

  /// The oldest and the newest version of the interface that this code was written against.
  static let oldestInterface = InterfaceVersion(major: 1, minor: 41)
  static let newestInterface = InterfaceVersion(major: 1, minor: 47)

  let http: DockerHTTP
  /// Begins every path: "/v1.41".
  let prefix: String
  let options: DockerOptions
  let logger: Logger

  /// Connects to a Docker Engine and settles which version of the interface is spoken. Throws
  /// `unreachable`, or `refused` where the engine is too old.
  package static func connect(
    to address: DockerAddress, options: DockerOptions, logger: Logger
  ) async throws(EngineError) -> DockerEngine {
    let http = DockerHTTP(address: address)
    do {
      let interface = try await negotiate(over: http)
      return DockerEngine(
        http: http, prefix: "/v\(interface)", options: options, logger: logger)
    } catch {
      await http.shutdown()
      throw error
    }
  }

  private init(http: DockerHTTP, prefix: String, options: DockerOptions, logger: Logger) {
    self.http = http
    self.prefix = prefix
    self.options = options
    self.logger = logger
  }

  private static func negotiate(
    over http: DockerHTTP
  ) async throws(EngineError) -> InterfaceVersion {
    let answer = try await http.call(.GET, "/version")
    guard answer.isSuccess else { throw answer.failure("asking the engine's version") }
    let version = try answer.decoded(as: DockerMessages.Version.self)
    guard let theirs = InterfaceVersion(version.apiVersion) else {
      throw EngineError(.malformed, "the engine's interface version is \(version.apiVersion)")
    }
    guard theirs >= oldestInterface else {
      throw EngineError(
        .refused,
        "the engine speaks version \(theirs) of its interface; \(oldestInterface) is needed")
    }
    let oldest = version.minAPIVersion.flatMap(InterfaceVersion.init) ?? oldestInterface
    return max(min(theirs, newestInterface), oldest)
  }

  package func version() async throws(EngineError) -> EngineVersion {
    let answer = try await http.call(.GET, "/version")
    guard answer.isSuccess else { throw answer.failure("asking the engine's version") }
    let version = try answer.decoded(as: DockerMessages.Version.self)
    return EngineVersion(
      kind: .docker, version: version.version, interface: String(prefix.dropFirst(2)))
  }

  package func list(cluster: String) async throws(EngineError) -> [ContainerRecord] {
    let filters = ["label": ["\(Label.cluster)=\(cluster)"]]
    guard let text = try? String(decoding: JSONEncoder().encode(filters), as: UTF8.self) else {
      throw EngineError(.refused, "cluster \(cluster) cannot be written as JSON")
    }
    let answer = try await http.call(
      .GET, prefix + "/containers/json", query: ["all": "1", "filters": text])
    guard answer.isSuccess else { throw answer.failure("listing containers") }
    let listed = try answer.decoded(as: [DockerMessages.Listed].self)
    return try await records(of: listed)
  }

  /// A running container is known by the listing; how others ended is asked one by one.
  private func records(
    of listed: [DockerMessages.Listed]
  ) async throws(EngineError) -> [ContainerRecord] {
    var records: [ContainerRecord] = []
    var others: [ContainerKey] = []
    for container in listed {
      guard let key = Self.key(of: container.labels) else { continue }
      if container.state == "running" {
        records.append(
          ContainerRecord(key: key, id: ContainerID(container.id), phase: .running))
      } else {
        others.append(key)
      }
    }
    var start = 0
    while start < others.count {
      let batch = others[start..<min(start + EngineLimits.concurrentInspections, others.count)]
      start = batch.endIndex
      let found = await withTaskGroup(of: Result<ContainerRecord?, EngineError>.self) { group in
        for key in batch { group.addTask { await self.inspectIfThere(key) } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      for result in found {
        if let record = try result.get() { records.append(record) }
      }
    }
    return records.sorted { $0.key < $1.key }
  }

  private func inspectIfThere(_ key: ContainerKey) async -> Result<ContainerRecord?, EngineError> {
    do throws(EngineError) { return .success(try await inspect(key)) } catch {
      return error.code == .notFound ? .success(nil) : .failure(error)
    }
  }

  package func inspect(_ key: ContainerKey) async throws(EngineError) -> ContainerRecord {
    let answer = try await http.call(.GET, try path(key, "/json"))
    guard answer.isSuccess else { throw answer.failure("looking at container \(key)") }
    let inspected = try answer.decoded(as: DockerMessages.Inspected.self)
    guard let labelled = Self.key(of: inspected.configuration.labels), labelled == key else {
      throw EngineError(.refused, "another container bears the name \(Self.name(of: key))")
    }
    return ContainerRecord(
      key: key, id: ContainerID(inspected.id), phase: Self.phase(of: inspected.state))
  }

  private static func phase(of state: DockerMessages.Inspected.State) -> ContainerRecord.Phase {
    let error = state.error.flatMap { $0.isEmpty ? nil : $0 }
    switch state.status {
    case "created":
      // Docker leaves a container that it could not start as created, with its error.
      guard let error else { return .created }
      return .ended(ContainerExit(exitCode: state.exitCode, startError: error))
    case "exited", "dead", "removing":
      return .ended(
        ContainerExit(
          exitCode: state.exitCode, outOfMemory: state.outOfMemory,
          startError: state.exitCode != 0 ? error : nil))
    default:
      return .running
    }
  }

  package func stop(
    _ key: ContainerKey, grace: Duration
  ) async throws(EngineError) -> ContainerExit? {
    let grace = min(max(grace, .zero), EngineLimits.longestGrace)
    let seconds = grace.components.seconds + (grace.components.attoseconds > 0 ? 1 : 0)
    let answer = try await http.call(
      .POST, try path(key, "/stop"), query: ["t": "\(seconds)"],
      within: grace + EngineLimits.answerTime)
    if answer.status == 404 { return nil }
    guard answer.isSuccess || answer.status == 304 else {
      throw answer.failure("stopping container \(key)")
    }
    do throws(EngineError) {
      guard case .ended(let exit) = try await inspect(key).phase else { return nil }
      return exit
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  package func remove(_ key: ContainerKey) async throws(EngineError) {
    let answer = try await http.call(
      .DELETE, try path(key, ""), query: ["force": "true", "v": "true"])
    // 409: another caller is removing it.
    guard answer.isSuccess || answer.status == 404 || answer.status == 409 else {
      throw answer.failure("removing container \(key)")
    }
  }

  package func logs(
    _ key: ContainerKey, _ query: LogQuery
  ) async throws(EngineError) -> sending LogStream {
    let body = try await http.open(
      .GET, try path(key, "/logs"),
      query: [
        "stdout": "1", "stderr": "1", "follow": query.follow ? "1" : "0",
        "tail": query.tailLines > 0 ? "\(query.tailLines)" : "all",
      ],
      orThrow: { $0.failure("reading the output of container \(key)") })
    return LogStream(DockerLogSource(body: body, http: http))
  }

  package func shutdown() async {
    await http.shutdown()
  }
}

extension DockerEngine {
  /// A container's name: no two keys share one, so an engine never holds a container twice.
  static func name(of key: ContainerKey) -> String { "berth-\(key.deployment).\(key.attempt)" }

  /// The key that a container's labels tell, if they are Berth's.
  static func key(of labels: [String: String]?) -> ContainerKey? {
    guard let labels, let deployment = labels[Label.deployment],
      let attempt = labels[Label.attempt].flatMap({ Int32($0) })
    else { return nil }
    let key = ContainerKey(deployment: deployment, attempt: attempt)
    return key.isWellFormed ? key : nil
  }

  func path(_ key: ContainerKey, _ rest: String) throws(EngineError) -> String {
    guard key.isWellFormed else { throw EngineError(.refused, "\(key) names no container") }
    return "\(prefix)/containers/\(Self.name(of: key))\(rest)"
  }
}
