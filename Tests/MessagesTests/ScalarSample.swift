import Messages

/// A random value that is no default, as it goes on the wire (after its tag) and in JSON.
struct ScalarSample {
  let wireType: UInt8
  let wire: [UInt8]
  let json: String
  /// What a map is sorted by where this is a key.
  let text: String

  init(_ kind: FieldDescriptor.Kind, _ random: inout SeededGenerator) {
    switch kind {
    case .string:
      let (value, json) = Self.string(&random)
      self.init(2, Wire.delimited(Array(value.utf8)), json, value)
    case .bytes:
      let samples: [([UInt8], String)] = [
        ([0], "AA=="), ([0xFF, 0xFE], "//4="), ([0x66, 0x6F, 0x6F], "Zm9v"),
        ([0, 0, 0, 0], "AAAAAA=="),
      ]
      let (value, text) = samples[Int.random(in: 0..<samples.count, using: &random)]
      self.init(2, Wire.delimited(value), "\"\(text)\"", text)
    case .bool:
      self.init(0, [1], "true", "true")
    case .int32:
      let value = [1, -1, .max, .min, Int32.random(in: 2...1000, using: &random)].randomElement(
        using: &random)!
      self.init(0, Wire.varint(UInt64(bitPattern: Int64(value))), "\(value)", "\(value)")
    case .int64:
      let value = [1, -1, .max, .min, 1 << 53 + 1, Int64.random(in: 2...(1 << 40), using: &random)]
        .randomElement(using: &random)!
      self.init(0, Wire.varint(UInt64(bitPattern: value)), "\"\(value)\"", "\(value)")
    case .uint64:
      let value = [1, .max, 1 << 63, UInt64.random(in: 2...(1 << 40), using: &random)]
        .randomElement(using: &random)!
      self.init(0, Wire.varint(value), "\"\(value)\"", "\(value)")
    case .enumeration(let type):
      let value = type.descriptor.values.dropFirst().randomElement(using: &random)!
      self.init(
        0, Wire.varint(UInt64(bitPattern: Int64(value.number))), "\"\(value.name)\"", value.name)
    case .message(let type):
      let sample = MessageSample(of: type, &random)
      self.init(2, Wire.delimited(sample.wire), sample.json, "")
    case .uint32, .sint32, .sint64, .fixed32, .fixed64, .sfixed32, .sfixed64, .float,
      .double:
      fatalError("no message of the API has such a field yet: teach this file its encoding")
    }
  }

  private init(_ wireType: UInt8, _ wire: [UInt8], _ json: String, _ text: String) {
    self.wireType = wireType
    self.wire = wire
    self.json = json
    self.text = text
  }

  private static func string(_ random: inout SeededGenerator) -> (value: String, json: String) {
    let long = String(
      repeating: "deployment ", count: Int.random(in: 2...200, using: &random))
    let samples = [
      ("a", "a"), ("naïve café", "naïve café"), ("日本語", "日本語"), ("😀👩‍👩‍👧", "😀👩‍👩‍👧"),
      (#"quote " backslash \"#, #"quote \" backslash \\"#),
      ("line\nbreak\ttab\u{1}", #"line\nbreak\ttab\u0001"#), (long, long),
      ("fifteen bytes !", "fifteen bytes !"), ("sixteen bytes !!", "sixteen bytes !!"),
    ]
    let (value, json) = samples[Int.random(in: 0..<samples.count, using: &random)]
    return (value, "\"\(json)\"")
  }
}
