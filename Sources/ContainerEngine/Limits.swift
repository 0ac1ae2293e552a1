/// Every bound of this layer.
package enum EngineLimits {
  /// Bytes of a deployment's identifier in a container's name.
  package static let keyBytes = 128
  /// Bytes of one chunk of output.
  package static let logChunkBytes = 64 * 1024
  /// Bytes of one answer of the engine that is read whole.
  static let answerBytes = 16 * 1024 * 1024
  /// Bytes of one line in the engine's streams of JSON lines.
  static let streamLineBytes = 1024 * 1024
  /// Connections to the engine at once, those that stream included.
  static let connections = 256
  /// Containers looked at one by one at the same time while listing.
  static let concurrentInspections = 8
  /// How long the engine may take to answer what it can answer at once.
  static let answerTime = Duration.seconds(30)
  /// How long creating or starting a container may take: slow disks, large images.
  static let startTime = Duration.seconds(120)
  /// How long fetching an image may take.
  static let pullTime = Duration.seconds(30 * 60)
  /// How long connecting to the engine may take.
  static let connectTime = Duration.seconds(5)
  /// What a container's grace is cut to.
  static let longestGrace = Duration.seconds(3600)
  /// Processes and threads in one container.
  static let processes = 32_768
  /// The output kept of one container: two files of this size.
  static let logFileSize = "16m"
  static let logFiles = "2"
  /// Lines kept of a simulated container's output.
  static let simulatedLogLines = 1000
  /// Removed simulated containers that are remembered for those that follow events.
  static let simulatedRemovals = 1024
  /// Steps of a simulated script.
  static let simulatedSteps = 256
  /// The longest time a simulated container sleeps: ten years.
  static let simulatedMilliseconds: Int64 = 10 * 366 * 86_400_000
}
