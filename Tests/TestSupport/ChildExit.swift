import Glibc

/// How a child process ended.
package enum ChildExit: Sendable, Equatable, CustomStringConvertible {
  case exited(Int32)
  case signalled(Int32)

  /// Exit status zero.
  package var isSuccess: Bool { self == .exited(0) }

  package var description: String {
    switch self {
    case .exited(let status): "exit status \(status)"
    case .signalled(let number): "ended by signal \(number)"
    }
  }

  /// From the status that `waitpid` gives, by the layout of `<bits/waitstatus.h>`.
  init(waitStatus: Int32) {
    let number = waitStatus & 0x7F
    self = number == 0 ? .exited((waitStatus >> 8) & 0xFF) : .signalled(number)
  }
}
