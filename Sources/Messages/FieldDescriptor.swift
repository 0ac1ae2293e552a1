/// One field of a message type.
public struct FieldDescriptor: Sendable {
  /// What one value of the field is.
  public enum Kind: Sendable {
    case int32, int64, uint32, uint64, sint32, sint64
    case fixed32, fixed64, sfixed32, sfixed64
    case float, double, bool, string, bytes
    case enumeration(any MessageEnum.Type)
    case message(any Message.Type)
  }

  /// How often the field may be there.
  public enum Label: Sendable {
    /// Always has a value; the default is not sent.
    case singular
    /// May be absent: a message, or a scalar that is `optional` in the .proto.
    case optional
    case repeated
    /// The field's `kind` is that of the values.
    indirect case map(key: Kind)
    /// At most one field of the oneof of this name is there.
    case oneof(String)
  }

  /// On the wire.
  public let number: Int32
  /// In the .proto: `organization_id`.
  public let name: String
  /// In JSON: `organizationId`.
  public let jsonName: String
  public let kind: Kind
  public let label: Label

  public init(number: Int32, name: String, jsonName: String, kind: Kind, label: Label) {
    self.number = number
    self.name = name
    self.jsonName = jsonName
    self.kind = kind
    self.label = label
  }
}
