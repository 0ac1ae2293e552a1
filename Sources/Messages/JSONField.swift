/// What can be the value of one field in JSON.
public protocol JSONField {
  /// The default value, which `null` stands for.
  init()

  /// Reads one value; the error's path is relative to it.
  init(json: JSONValue) throws(MessageError)

  /// Appends one value.
  func writeJSON(to json: inout JSONWriter)

  /// Whether the field is left out unless defaults are asked for.
  var isJSONDefault: Bool { get }
}
