import Foundation
import Glibc

/// The folder that outlasts an agent: which cluster it serves, and for the simulated engine its
/// containers. One agent at a time uses it.
package final class AgentStateFolder: Sendable {
  package let path: String
  private let lock: Int32

  /// Opens the folder, making it where it is missing. Throws `stateFolder` where that fails or
  /// another agent uses it.
  package static func open(_ path: String) throws(AgentError) -> AgentStateFolder {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw .stateFolder("the state folder \(path) cannot be made: \(error.localizedDescription)")
    }
    let file = path + "/lock"
    let descriptor = Glibc.open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .stateFolder("\(file) cannot be opened: \(String(cString: strerror(errno)))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      Glibc.close(descriptor)
      throw .stateFolder(
        "another berth-agent uses the state folder \(path); give this one its own (--state-folder)")
    }
    return AgentStateFolder(path: path, lock: descriptor)
  }

  private init(path: String, lock: Int32) {
    self.path = path
    self.lock = lock
  }

  deinit {
    Glibc.close(lock)
  }

  /// Where the simulated engine keeps its containers.
  package var simulatedFolder: String { path + "/simulated" }

  /// The cluster that this agent served last; nil before its first attachment.
  package func cluster() -> String? { read("cluster") }

  /// Remembers the cluster. Throws `stateFolder`.
  package func remember(cluster: String) throws(AgentError) {
    try write(cluster, to: "cluster")
  }

  /// The kind of engine that this agent used last.
  package func engine() -> String? { read("engine") }

  /// Remembers the kind of engine. Throws `stateFolder`.
  package func remember(engine: String) throws(AgentError) { try write(engine, to: "engine") }

  private func read(_ name: String) -> String? {
    let text = try? String(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"), encoding: .utf8)
    let value = text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    return value.isEmpty ? nil : value
  }

  private func write(_ value: String, to name: String) throws(AgentError) {
    do {
      try Data((value + "\n").utf8)
        .write(to: URL(fileURLWithPath: "\(path)/\(name)"), options: .atomic)
    } catch {
      throw .stateFolder("\(path)/\(name) cannot be written: \(error.localizedDescription)")
    }
  }
}
