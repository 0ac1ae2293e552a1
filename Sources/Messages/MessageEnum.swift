/// A protobuf enum: its named cases, and any other number as it came. Conformances are generated.
public protocol MessageEnum: JSONField, WireValue, Sendable, Hashable, CaseIterable,
  RawRepresentable
where RawValue == Int32 {
  /// The value with the first name of the .proto.
  init()

  /// The case of a number on the wire.
  init(rawValue: Int32)

  /// Names and numbers.
  static var descriptor: EnumDescriptor { get }
}

extension MessageEnum {
  /// The name in the .proto, `DEPLOYMENT_STATE_QUEUED`; nil for a number without a name.
  public var name: String? {
    Self.descriptor.values.first { $0.number == rawValue }?.name
  }

  /// The case of a name in the .proto.
  public init?(name: String) {
    guard let value = Self.descriptor.values.first(where: { $0.name == name }) else { return nil }
    self.init(rawValue: value.number)
  }
}
