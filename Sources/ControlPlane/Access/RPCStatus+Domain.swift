package import Domain
internal import RPCServer
package import Wire

extension RPCStatus {
  /// The table from errors of the domain to what a caller is told. `CallContext.status(of:)` is
  /// for handlers: it also logs what an internal error is about.
  package init(mapping error: DomainError) {
    switch error {
    case .invalid(let violations):
      self = .invalidArgument(
        violations.map { FieldViolation(field: $0.field, description: $0.problem) })
    case .unauthenticated(let message):
      self.init(.unauthenticated, message)
    case .permissionDenied(let message):
      self.init(.permissionDenied, message)
    case .notFound(let kind, let name):
      self.init(
        .notFound, "there is no \(kind) \(name)",
        details: [.errorInfo(reason: "NOT_FOUND", domain: "berth", metadata: ["kind": kind])])
    case .alreadyExists(let kind, let name):
      self.init(
        .alreadyExists, "\(kind) \(name) exists",
        details: [.errorInfo(reason: "ALREADY_EXISTS", domain: "berth", metadata: ["kind": kind])])
    case .failedPrecondition(let message):
      self.init(.failedPrecondition, message)
    case .resourceExhausted(let message):
      self.init(
        .resourceExhausted, message,
        details: [
          .quotaFailure([QuotaViolation(subject: "", description: message)]),
          .retryInfo(delay: Self.exhaustionDelay),
        ])
    case .aborted(let message):
      self.init(.aborted, message)
    case .unavailable(let message, let delay):
      self.init(.unavailable, message, details: [.retryInfo(delay: delay)])
    case .internal:
      self.init(.internal, "internal error")
    }
  }

  /// What is full drains within about this.
  private static let exhaustionDelay = Duration.seconds(1)
}
