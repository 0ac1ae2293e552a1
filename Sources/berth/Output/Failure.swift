import ArgumentParser
import Foundation
import RPCClient

/// An error with words for people and the exit status that scripts look at.
struct Failure: Error {
  let message: String
  let status: Int32

  init(_ message: String, status: Int32) {
    self.message = message
    self.status = status
  }

  init(_ status: RPCStatus) {
    message = Self.lines(of: status).joined(separator: "\n")
    self.status = Self.exitStatus(status.code)
  }

  /// Prints what went wrong and ends the process; help and version end it with 0.
  static func exit(_ error: any Error) -> Never {
    let failure: Failure
    switch error {
    case let known as Failure: failure = known
    case let status as RPCStatus: failure = Failure(status)
    default: Berth.exit(withError: error)
    }
    let lines = failure.message.split(separator: "\n", omittingEmptySubsequences: false)
    Terminal.error("berth: " + lines.map { String($0).printable }.joined(separator: "\n"))
    Foundation.exit(failure.status)
  }

  private static func lines(of status: RPCStatus) -> [String] {
    var lines = [status.message.isEmpty ? status.code.name : status.message]
    // A single one is what the message says already.
    for violation in status.fieldViolations where status.fieldViolations.count > 1 {
      lines.append("  \(violation.field): \(violation.description)")
    }
    for case .quotaFailure(let violations) in status.details {
      lines += violations.map { "  \($0.subject): \($0.description)" }
    }
    if let delay = status.retryDelay {
      lines.append("  try again in \(Amounts.duration(delay))")
    }
    if let hint = hint(status.code) { lines.append("  \(hint)") }
    lines[0] += " (\(status.code.name))"
    return lines
  }

  private static func hint(_ code: StatusCode) -> String? {
    switch code {
    case .unauthenticated: "log in with `berth login NAME`, or give --token-file"
    case .permissionDenied: "`berth whoami` shows your roles"
    case .unimplemented: "`berth call --list` shows the methods; is the server of this version?"
    default: nil
    }
  }

  /// After sysexits(3).
  private static func exitStatus(_ code: StatusCode) -> Int32 {
    switch code {
    case .ok: 0
    case .invalidArgument, .outOfRange: 65
    case .notFound: 66
    case .unavailable, .deadlineExceeded: 69
    case .internal, .dataLoss, .unknown: 70
    case .alreadyExists, .failedPrecondition: 73
    case .resourceExhausted, .aborted: 75
    case .permissionDenied, .unauthenticated: 77
    case .unimplemented: 76
    case .cancelled: 130
    }
  }
}
