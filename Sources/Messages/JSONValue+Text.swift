/// Any value, as a field whose type is not known.
extension JSONValue: JSONField {
  /// `null`.
  public init() { self = .null }

  public init(json: JSONValue) throws(MessageError) { self = json }

  public func writeJSON(to json: inout JSONWriter) {
    switch self {
    case .null: json.raw("null")
    case .bool(let value): json.raw(value ? "true" : "false")
    case .number(let text): json.raw(text)
    case .string(let text): json.string(text)
    case .array(let elements):
      json.beginArray()
      for element in elements { json.element(element) }
      json.endArray()
    case .object(let members):
      json.beginObject()
      for member in members { json.chosenField(member.name, member.value) }
      json.endObject()
    }
  }

  public var isJSONDefault: Bool { self == .null }
}

extension JSONValue {
  /// Reads JSON text (RFC 8259), strictly, with nesting up to `MessageLimits.jsonDepth`.
  package init(parsing text: String) throws(MessageError) { self = try JSONParser.parse(text) }

  package func text(_ options: JSONOptions = JSONOptions()) -> String {
    var writer = JSONWriter(options)
    writeJSON(to: &writer)
    return writer.text
  }
}
