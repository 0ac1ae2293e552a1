/// How JSON text is written.
public struct JSONOptions: Sendable, Hashable {
  /// Also fields that have their default value; without it they are left out.
  public var includesDefaults: Bool
  /// One member a line, two spaces of indentation; without it everything in one line.
  public var isPretty: Bool

  public init(includesDefaults: Bool = false, isPretty: Bool = false) {
    self.includesDefaults = includesDefaults
    self.isPretty = isPretty
  }
}
