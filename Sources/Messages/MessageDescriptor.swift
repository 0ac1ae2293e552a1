/// What a message type looks like: for JSON, tools and reflection. Encoding does not use it.
public struct MessageDescriptor: Sendable {
  /// `berth.v1.Deployment`.
  public let fullName: String
  /// In the order of the .proto.
  public let fields: [FieldDescriptor]

  public init(fullName: String, fields: [FieldDescriptor]) {
    self.fullName = fullName
    self.fields = fields
  }
}
