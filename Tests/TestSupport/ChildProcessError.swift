/// A child process did not do what the test waited for.
package enum ChildProcessError: Error, CustomStringConvertible {
  case notStarted(program: String, code: Int32)
  /// It ended before it wrote the awaited line.
  case endedEarly(program: String, outcome: ChildOutcome)
  case deadlineExceeded(program: String, waitingFor: String, written: String)

  package var description: String {
    switch self {
    case .notStarted(let program, let code):
      "\(program) did not start: \(SystemCallError("posix_spawn", code: code))"
    case .endedEarly(let program, let outcome):
      "\(program) ended early: \(outcome)"
    case .deadlineExceeded(let program, let what, let written):
      "\(program): waited for \(what); it wrote:\n\(written)"
    }
  }
}
