/// Appends JSON text. Conformances of `Message` call it in the order of their fields.
public struct JSONWriter: Sendable {
  private let options: JSONOptions
  private var bytes: [UInt8] = []
  private var depth = 0
  /// Whether the innermost object or array has nothing in it yet.
  private var isEmpty = true

  public init(_ options: JSONOptions) { self.options = options }

  /// What was written.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  public mutating func beginObject() { open(UInt8(ascii: "{")) }
  public mutating func endObject() { close(UInt8(ascii: "}")) }
  public mutating func beginArray() { open(UInt8(ascii: "[")) }
  public mutating func endArray() { close(UInt8(ascii: "]")) }

  /// A field that always has a value.
  public mutating func field<T: JSONField>(_ name: String, _ value: T) {
    if value.isJSONDefault && !options.includesDefaults { return }
    chosenField(name, value)
  }

  /// A field that may be absent.
  public mutating func field<T: JSONField>(_ name: String, _ value: T?) {
    if let value { chosenField(name, value) }
  }

  /// A repeated field.
  public mutating func field<T: JSONField>(_ name: String, _ values: [T]) {
    if values.isEmpty && !options.includesDefaults { return }
    key(name)
    beginArray()
    for value in values { element(value) }
    endArray()
  }

  /// One element of an array.
  mutating func element<T: JSONField>(_ value: T) {
    element()
    value.writeJSON(to: &self)
  }

  /// A map field, sorted by the keys' text.
  public mutating func field<Key: LosslessStringConvertible, T: JSONField>(
    _ name: String, _ values: [Key: T]
  ) {
    if values.isEmpty && !options.includesDefaults { return }
    key(name)
    beginObject()
    for (key, value) in values.map({ ($0.description, $1) }).sorted(by: { $0.0 < $1.0 }) {
      chosenField(key, value)
    }
    endObject()
  }

  /// A field that is there whatever its value, as a set field of a oneof is.
  public mutating func chosenField<T: JSONField>(_ name: String, _ value: T) {
    key(name)
    value.writeJSON(to: &self)
  }

  /// A string value, escaped.
  public mutating func string(_ value: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
      case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
      case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
      case UInt8(ascii: "\r"): bytes.append(contentsOf: #"\r"#.utf8)
      case UInt8(ascii: "\t"): bytes.append(contentsOf: #"\t"#.utf8)
      case 0..<0x20, 0x7F:
        let hex = String(byte, radix: 16)
        bytes.append(contentsOf: #"\u"#.utf8)
        bytes.append(contentsOf: String(repeating: "0", count: 4 - hex.utf8.count).utf8)
        bytes.append(contentsOf: hex.utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// A value that is JSON text already.
  public mutating func raw(_ value: String) { bytes.append(contentsOf: value.utf8) }

  private mutating func key(_ name: String) {
    element()
    string(name)
    bytes.append(UInt8(ascii: ":"))
    if options.isPretty { bytes.append(UInt8(ascii: " ")) }
  }

  private mutating func element() {
    if !isEmpty { bytes.append(UInt8(ascii: ",")) }
    isEmpty = false
    lineBreak()
  }

  private mutating func open(_ bracket: UInt8) {
    bytes.append(bracket)
    depth += 1
    isEmpty = true
  }

  private mutating func close(_ bracket: UInt8) {
    depth -= 1
    if !isEmpty { lineBreak() }
    bytes.append(bracket)
    isEmpty = false
  }

  private mutating func lineBreak() {
    guard options.isPretty else { return }
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<depth { bytes.append(contentsOf: "  ".utf8) }
  }
}
