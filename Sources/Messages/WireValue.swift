/// What can be the value of one field, of an element of a repeated one, or of a map's entry.
public protocol WireValue: ~Copyable {
  /// What its tag announces.
  static var wireType: WireType { get }

  /// Whether a field without presence is left out for it.
  static func isDefault(_ value: borrowing Self) -> Bool

  /// Gives the value to `sink`, without a tag but with the length that it may have.
  func writeValue(to sink: inout some FieldSink)
}

/// What can be the key of a map.
public protocol WireKey: WireValue {
  /// The order in which the entries of a map are written.
  static func precedes(_ first: Self, _ second: Self) -> Bool
}

extension WireKey where Self: Comparable {
  @inlinable
  public static func precedes(_ first: Self, _ second: Self) -> Bool { first < second }
}
