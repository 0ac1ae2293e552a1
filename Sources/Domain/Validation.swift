/// Collects every field of a request that breaks a rule, so that a caller can mend all at once.
package struct Validation {
  package private(set) var violations: [Violation] = []

  package init() {}

  package mutating func refuse(_ field: String, _ problem: String) {
    guard violations.count < DomainLimits.violations else { return }
    violations.append(Violation(field, problem))
  }

  /// Throws `.invalid` with what was collected.
  package func finish() throws(DomainError) {
    if !violations.isEmpty { throw .invalid(violations) }
  }

  /// Throws `.invalid` with what was collected; else the values, none of which is nil then.
  package func passed<each Value>(
    _ values: repeat (each Value)?
  ) throws(DomainError) -> (repeat each Value) {
    try finish()
    return (repeat try Self.present(each values))
  }

  private static func present<Value>(_ value: Value?) throws(DomainError) -> Value {
    guard let value else { throw .internal("a field was refused without a violation") }
    return value
  }
}

extension Validation {
  /// A required identifier.
  package mutating func identifier<Entity>(
    _ text: String, _ field: String, of: Entity.Type = Entity.self
  ) -> Identifier<Entity>? {
    guard !text.isEmpty else {
      refuse(field, "is required")
      return nil
    }
    guard let identifier = Identifier<Entity>(text) else {
      refuse(field, "must be a UUID, for example 0190163d-8694-739b-aea5-966c26f8ad90")
      return nil
    }
    return identifier
  }

  /// An identifier that may be left out: nil within when it is, nil without when it is refused.
  package mutating func optionalIdentifier<Entity>(
    _ text: String, _ field: String, of: Entity.Type = Entity.self
  ) -> Identifier<Entity>?? {
    if text.isEmpty { return .some(nil) }
    guard let identifier = identifier(text, field, of: Entity.self) else { return nil }
    return .some(identifier)
  }

  package mutating func page(_ page: RequestedPage) -> PageRequest? {
    let count = violations.count
    if !(0...PageRequest.maximumSize).contains(page.size) {
      refuse("page.size", "must be 0 to \(PageRequest.maximumSize); 0 means the default")
    }
    if page.token.utf8.count > DomainLimits.pageTokenBytes {
      refuse("page.token", "is not one that this server gave")
    }
    guard violations.count == count else { return nil }
    return try? PageRequest(size: page.size, token: page.token)
  }

  /// A role by its name; empty means `standard`, or is refused where there is none.
  package mutating func role(_ text: String, _ field: String, standard: Role?) -> Role? {
    if text.isEmpty, let standard { return standard }
    guard let role = Role(rawValue: text) else {
      refuse(field, "must be admin, developer or viewer")
      return nil
    }
    return role
  }
}
