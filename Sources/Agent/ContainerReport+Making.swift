import ContainerEngine
import Messages

/// The reports that an agent makes, with the reasons that the server knows.
extension ContainerReport {
  static func starting(_ key: ContainerKey) -> ContainerReport {
    ContainerReport(deploymentID: key.deployment, attempt: key.attempt, state: .starting)
  }

  static func running(_ key: ContainerKey) -> ContainerReport {
    ContainerReport(deploymentID: key.deployment, attempt: key.attempt, state: .running)
  }

  static func failed(
    _ key: ContainerKey, reason: String, message: String, exitCode: Int32? = nil, retryable: Bool
  ) -> ContainerReport {
    ContainerReport(
      deploymentID: key.deployment, attempt: key.attempt, state: .failed, reason: reason,
      message: cut(message), exitCode: exitCode, retryable: retryable)
  }

  /// A container that ended by itself.
  static func ended(_ exit: ContainerExit, key: ContainerKey) -> ContainerReport {
    if let error = exit.startError {
      return failed(
        key, reason: "start-failed", message: error, exitCode: exit.exitCode, retryable: false)
    }
    if exit.outOfMemory {
      return failed(
        key, reason: "out-of-memory", message: "the container went over its memory limit",
        exitCode: exit.exitCode, retryable: true)
    }
    if exit.exitCode != 0 {
      return failed(
        key, reason: "exited", message: "the container ended with exit code \(exit.exitCode)",
        exitCode: exit.exitCode, retryable: true)
    }
    return ContainerReport(
      deploymentID: key.deployment, attempt: key.attempt, state: .completed, reason: "exited",
      exitCode: 0)
  }

  static func startFailed(_ error: EngineError, key: ContainerKey) -> ContainerReport {
    failed(
      key, reason: error.code == .imageNotFound ? "image-not-found" : "start-failed",
      message: error.message, retryable: error.isRetryable)
  }

  /// A container that was stopped on the server's order; nobody has to try again.
  static func stopped(_ exit: ContainerExit?, key: ContainerKey) -> ContainerReport {
    failed(
      key, reason: "stopped", message: "stopped as ordered", exitCode: exit?.exitCode,
      retryable: false)
  }

  /// Whether it tells of a container that never ran.
  var hasNoContainer: Bool { reason == "image-not-found" || reason == "start-failed" }

  /// The engine's words in a form that can always be sent.
  private static func cut(_ message: String) -> String {
    var bytes = Array(message.utf8.prefix(AgentLimits.reportMessageBytes))
    for index in bytes.indices where bytes[index] == 0 { bytes[index] = UInt8(ascii: " ") }
    return String(decoding: bytes, as: UTF8.self)
  }
}
