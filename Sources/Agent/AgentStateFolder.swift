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

  private var clusterFile: URL { URL(fileURLWithPath: path + "/cluster") }

  /// The cluster that this agent served last; nil before its first attachment.
  package func cluster() -> String? {
    guard let text = try? String(contentsOf: clusterFile, encoding: .utf8) else { return nil }
    let cluster = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return cluster.isEmpty ? nil : cluster
  }

  /// Remembers the cluster. Throws `stateFolder`.
  package func remember(cluster: String) throws(AgentError) {
    do {
      try Data((cluster + "\n").utf8).write(to: clusterFile, options: .atomic)
    } catch {
      throw .stateFolder("\(clusterFile.path) cannot be written: \(error.localizedDescription)")
    }
  }
}
