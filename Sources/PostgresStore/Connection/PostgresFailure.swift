internal import Domain

/// Why a group of statements did not happen, or is not known to have.
struct PostgresFailure: Error, Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    /// The server refused a statement.
    case server(SQLState, constraint: String)
    /// The connection was lost after the group was sent: a write may have happened.
    case connectionLost
    /// No connection in time; nothing was sent.
    case noConnection
    /// More groups wait than may; nothing was sent.
    case overloaded
    case closed
    /// An answer that cannot be.
    case protocolError
    /// A URL, certificate or the like that cannot work.
    case configuration
  }

  let kind: Kind
  /// For the log.
  let message: String

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  var state: SQLState? {
    if case .server(let state, _) = kind { return state }
    return nil
  }

  /// The name of the constraint that was broken, or "".
  var constraint: String {
    if case .server(_, let constraint) = kind { return constraint }
    return ""
  }

  /// The error as the domain knows it. `refusing` names the error of a broken constraint; nil: the
  /// general one.
  func domainError(refusing: (String) -> DomainError? = { _ in nil }) -> DomainError {
    switch kind {
    case .server(let state, let constraint):
      if !constraint.isEmpty, let error = refusing(constraint) { return error }
      return serverError(state, constraint)
    case .connectionLost, .noConnection:
      return .unavailable("the database cannot be reached", after: Limits.retryAfter)
    case .overloaded:
      return .unavailable("the database has more to do than it can", after: Limits.retryAfter)
    case .closed:
      return .unavailable("this server is going down", after: Limits.retryAfter)
    case .protocolError:
      return .internal("PostgreSQL: \(message)")
    case .configuration:
      return .failedPrecondition("PostgreSQL: \(message)")
    }
  }

  private func serverError(_ state: SQLState, _ constraint: String) -> DomainError {
    switch state {
    case .uniqueViolation:
      return .alreadyExists(kind: "object", name: constraint)
    case .checkViolation:
      return .failedPrecondition("this breaks the rule \(constraint)")
    case .foreignKeyViolation:
      return .notFound(kind: "object", name: constraint)
    case .queryCancelled:
      return .unavailable("the database took too long", after: Limits.retryAfter)
    case _ where state.isRace:
      return .aborted("others changed the same at the same time")
    case _ where state.isAbsence:
      return .unavailable("the database cannot serve now", after: Limits.retryAfter)
    case _ where state.class == "22":
      return .invalid([Violation("request", "holds a value that the database cannot keep")])
    case _ where state.isMisconfiguration:
      return .failedPrecondition("PostgreSQL: \(message)")
    default:
      return .internal("PostgreSQL \(state): \(message)")
    }
  }
}
