/// How a container ended.
package struct ContainerExit: Hashable, Sendable, Codable {
  package var exitCode: Int32
  /// The kernel ended it because it went over its memory limit.
  package var outOfMemory: Bool
  /// The engine's words when the container could not be started; else nil.
  package var startError: String?

  package init(exitCode: Int32, outOfMemory: Bool = false, startError: String? = nil) {
    self.exitCode = exitCode
    self.outOfMemory = outOfMemory
    self.startError = startError
  }
}
