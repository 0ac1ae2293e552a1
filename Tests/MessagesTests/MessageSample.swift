import Messages

/// A random message, written by this file alone: its encoding and its JSON text, every field set to
/// something that is not its default.
struct MessageSample {
  var wire: [UInt8] = []
  var json = ""

  init(of type: any Message.Type, _ random: inout SeededGenerator) {
    if let (wire, json) = Self.wellKnown(type.descriptor.fullName, &random) {
      self.wire = wire
      self.json = "\"\(json)\""
      return
    }
    var members: [String: String] = [:]
    var chosen: [String: Int32] = [:]
    for field in type.descriptor.fields {
      guard case .oneof(let name) = field.label, chosen[name] == nil else { continue }
      chosen[name] =
        type.descriptor.fields.filter {
          if case .oneof(name) = $0.label { true } else { false }
        }.randomElement(using: &random)?.number
    }
    for field in type.descriptor.fields.sorted(by: { $0.number < $1.number }) {
      if case .oneof(let name) = field.label, chosen[name] != field.number { continue }
      members[field.jsonName] = append(field, &random)
    }
    let inOrder = type.descriptor.fields.compactMap { field in
      members[field.jsonName].map { "\"\(field.jsonName)\":\($0)" }
    }
    json = "{" + inOrder.joined(separator: ",") + "}"
  }

  /// Appends the field's encoding and returns its JSON value.
  private mutating func append(
    _ field: FieldDescriptor, _ random: inout SeededGenerator
  ) -> String {
    switch field.label {
    case .singular, .optional, .oneof:
      let value = ScalarSample(field.kind, &random)
      wire += Wire.tag(field.number, value.wireType) + value.wire
      return value.json
    case .repeated:
      let values = (0...Int.random(in: 0..<4, using: &random)).map { _ in
        ScalarSample(field.kind, &random)
      }
      if values[0].wireType == 2 {
        for value in values { wire += Wire.tag(field.number, 2) + value.wire }
      } else {
        wire += Wire.tag(field.number, 2) + Wire.delimited(values.flatMap(\.wire))
      }
      return "[" + values.map(\.json).joined(separator: ",") + "]"
    case .map(let keyKind):
      var entries: [String: (wire: [UInt8], json: String)] = [:]
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let key = ScalarSample(keyKind, &random)
        let value = ScalarSample(field.kind, &random)
        let entry = Wire.tag(1, key.wireType) + key.wire + Wire.tag(2, value.wireType) + value.wire
        entries[key.text] = (entry, "\(key.json):\(value.json)")
      }
      let sorted = entries.sorted { $0.key < $1.key }
      for (_, entry) in sorted { wire += Wire.tag(field.number, 2) + Wire.delimited(entry.wire) }
      return "{" + sorted.map(\.value.json).joined(separator: ",") + "}"
    }
  }

  private static func wellKnown(
    _ name: String, _ random: inout SeededGenerator
  ) -> (wire: [UInt8], json: String)? {
    let values: [(Int64, Int32, String)]
    switch name {
    case "google.protobuf.Timestamp":
      values = [
        (1, 0, "1970-01-01T00:00:01Z"), (-1, 500_000_000, "1969-12-31T23:59:59.500Z"),
        (951_782_400, 1000, "2000-02-29T00:00:00.000001Z"),
        (-62_135_596_800, 1, "0001-01-01T00:00:00.000000001Z"),
        (253_402_300_799, 999_999_999, "9999-12-31T23:59:59.999999999Z"),
        (4_107_542_400, 0, "2100-03-01T00:00:00Z"),
      ]
    case "google.protobuf.Duration":
      values = [
        (1, 0, "1s"), (-1, -500_000_000, "-1.500s"), (0, -1, "-0.000000001s"),
        (315_576_000_000, 0, "315576000000s"), (5, 1000, "5.000001s"),
      ]
    default: return nil
    }
    guard let (seconds, nanos, json) = values.randomElement(using: &random) else { return nil }
    var wire: [UInt8] = []
    if seconds != 0 { wire += Wire.tag(1, 0) + Wire.varint(UInt64(bitPattern: seconds)) }
    if nanos != 0 { wire += Wire.tag(2, 0) + Wire.varint(UInt64(bitPattern: Int64(nanos))) }
    return (wire, json)
  }
}
