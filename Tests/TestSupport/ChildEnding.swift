import Foundation
import Synchronization

/// The end of one child process: a thread starts the child, waits for its end and reaps it.
final class ChildEnding: Sendable {
  private enum Phase {
    case starting
    case running(processID: Int32)
    case ended(ChildExit)
  }

  private let phase = Mutex(Phase.starting)

  /// Starts the child on a thread that lives as long as the child does: the kernel ends a child
  /// whose parent thread goes away (`setpriv --pdeathsig`).
  static func start(
    _ launch: ChildLaunch
  ) throws(ChildProcessError) -> (ChildLaunch.Started, ChildEnding) {
    let ending = ChildEnding()
    let answer = StartAnswer()
    Thread.detachNewThread {
      let result = Result { () throws(ChildProcessError) in try launch.spawn() }
      if case .success(let started) = result {
        ending.phase.withLock { $0 = .running(processID: started.processID) }
        answer.give(result)
        ending.reap(started.processID)
      } else {
        answer.give(result)
      }
    }
    return (try answer.wait(), ending)
  }

  var exit: ChildExit? {
    phase.withLock { if case .ended(let exit) = $0 { exit } else { nil } }
  }

  /// Sends a signal while the process id is still the child's.
  func signal(_ number: Int32) {
    phase.withLock {
      if case .running(let processID) = $0 { _ = kill(processID, number) }
    }
  }

  private func reap(_ processID: Int32) {
    var information = siginfo_t()
    while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    phase.withLock {
      var status: Int32 = 0
      waitpid(processID, &status, 0)
      $0 = .ended(ChildExit(waitStatus: status))
    }
  }
}

/// Hands the outcome of the start from the child's thread to the caller's.
private final class StartAnswer: Sendable {
  private let result = Mutex<Result<ChildLaunch.Started, ChildProcessError>?>(nil)
  private let isGiven = DispatchSemaphore(value: 0)

  func give(_ value: Result<ChildLaunch.Started, ChildProcessError>) {
    result.withLock { $0 = value }
    isGiven.signal()
  }

  func wait() throws(ChildProcessError) -> ChildLaunch.Started {
    isGiven.wait()
    return try result.withLock { $0! }.get()
  }
}
