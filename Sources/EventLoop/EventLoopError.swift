internal import Glibc

/// A system call that the loop needs failed.
package struct EventLoopError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The call, for example `epoll_ctl`.
  package let call: String
  /// Its `errno`.
  package let code: Int32

  package init(call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  /// The error of the call that just failed on this thread.
  static func last(_ call: String) -> EventLoopError {
    EventLoopError(call: call, code: errno)
  }

  package var description: String { "\(call): \(String(cString: strerror(code)))" }
}
