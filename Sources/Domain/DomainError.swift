/// Why an operation of the domain did not happen. One table in RPCServer maps it to a status.
package enum DomainError: Error, Sendable, Equatable {
  /// Fields that break a rule; every one that does, not only the first.
  case invalid([Violation])
  /// No credentials, or none that hold.
  case unauthenticated(String)
  /// Known to the caller, but not allowed.
  case permissionDenied(String)
  /// Does not exist, or is another organization's: the caller cannot tell which.
  case notFound(kind: String, name: String)
  case alreadyExists(kind: String, name: String)
  /// The state of the system forbids it; the text says what would have to change.
  case failedPrecondition(String)
  /// A limit; trying later may help.
  case resourceExhausted(String)
  /// Lost a race with another change: read again and retry.
  case aborted(String)
  /// A part that is needed is away. `after` is when to try again.
  case unavailable(String, after: Duration)
  /// A defect or a corrupt answer; the text is for the log, never for the caller.
  case `internal`(String)
}

/// One field of a request that breaks a rule.
package struct Violation: Sendable, Equatable {
  package let field: String
  package let problem: String

  package init(_ field: String, _ problem: String) {
    self.field = field
    self.problem = problem
  }
}
