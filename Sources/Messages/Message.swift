/// A protobuf message as a Swift value. Conformances are generated.
public protocol Message: EncodableMessage, WireValue, JSONField, Hashable {
  /// Every field at its default.
  init()

  /// Names, numbers and kinds of the fields, in the order of the .proto.
  static var descriptor: MessageDescriptor { get }

  /// Where protobuf-c has the message's layout.
  static var layout: MessageLayout { get }

  /// Reads the C struct at `pointer` (what protobuf-c unpacked for `layout`), copying everything.
  /// Fails where a string holds a NUL character or is not UTF-8.
  init(unpacked pointer: UnsafeRawPointer) throws(MessageError)

  /// Appends the message in protobuf's JSON mapping.
  func writeJSON(to json: inout JSONWriter)

  /// Reads protobuf's JSON mapping; a field that the message does not have is refused.
  init(json: JSONValue) throws(MessageError)
}
