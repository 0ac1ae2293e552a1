extension Message {
  /// The message in protobuf's JSON mapping: lowerCamelCase names, 64-bit integers as strings,
  /// bytes in base64, enums by name, fields in the order of the .proto.
  public func jsonString(_ options: JSONOptions = JSONOptions()) -> String {
    var writer = JSONWriter(options)
    writeJSON(to: &writer)
    return writer.text
  }

  /// Reads protobuf's JSON mapping. Takes both spellings of a field's name; refuses fields that the
  /// message does not have, nesting beyond `MessageLimits.jsonDepth`, and strings with NUL.
  public init(jsonString: String) throws(MessageError) {
    try self.init(json: JSONParser.parse(jsonString))
  }

  /// A message that is there is never left out.
  public var isJSONDefault: Bool { false }
}
