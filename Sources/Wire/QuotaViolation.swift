/// One quota that is used up.
public struct QuotaViolation: Sendable, Equatable {
  /// Whose quota, for example `user:42`.
  public var subject: String
  public var description: String

  public init(subject: String, description: String) {
    self.subject = subject
    self.description = description
  }
}
