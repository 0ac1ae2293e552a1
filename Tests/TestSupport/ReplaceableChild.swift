import Synchronization

/// The child process that stands in one place now; a restart puts another there.
final class ReplaceableChild: Sendable {
  private let process: Mutex<ChildProcess>

  init(_ process: ChildProcess) {
    self.process = Mutex(process)
  }

  var current: ChildProcess { process.withLock { $0 } }

  func replace(by other: ChildProcess) {
    process.withLock { $0 = other }
  }
}
