/// One wrong field of a request.
public struct FieldViolation: Sendable, Equatable {
  /// Dotted path, for example `capacity.cpu_millis`.
  public var field: String
  public var description: String

  public init(field: String, description: String) {
    self.field = field
    self.description = description
  }
}
