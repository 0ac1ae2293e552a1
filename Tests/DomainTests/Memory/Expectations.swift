import Domain
import Testing

/// What an operation throws; nil if it does not.
func failure(of operation: () async throws -> some Any) async -> DomainError? {
  do {
    _ = try await operation()
    return nil
  } catch let error as DomainError {
    return error
  } catch {
    Issue.record(error, "an error that is none of the domain")
    return nil
  }
}

/// The fields that an operation finds fault with, in their order; empty if it fails otherwise or
/// not.
func refusedFields(_ operation: () async throws -> some Any) async -> [String] {
  guard case .invalid(let violations) = await failure(of: operation) else { return [] }
  return violations.map(\.field)
}

extension DomainError {
  var isUnauthenticated: Bool { if case .unauthenticated = self { true } else { false } }
  var isPermissionDenied: Bool { if case .permissionDenied = self { true } else { false } }
  var isNotFound: Bool { if case .notFound = self { true } else { false } }
  var isAlreadyExists: Bool { if case .alreadyExists = self { true } else { false } }
  var isFailedPrecondition: Bool { if case .failedPrecondition = self { true } else { false } }
  var isResourceExhausted: Bool { if case .resourceExhausted = self { true } else { false } }

  /// Its words, for those that have some.
  var text: String {
    switch self {
    case .unauthenticated(let text), .permissionDenied(let text), .failedPrecondition(let text),
      .resourceExhausted(let text), .aborted(let text), .internal(let text):
      text
    case .unavailable(let text, _): text
    case .notFound(let kind, let name), .alreadyExists(let kind, let name): "\(kind) \(name)"
    case .invalid(let violations):
      violations.map { "\($0.field) \($0.problem)" }.joined(separator: "; ")
    }
  }
}
