/// Random messages of kinds.proto: any field at its default, at the ends of its range or between.
struct KindSample {
  private var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  private mutating func number<Number: FixedWidthInteger>() -> Number {
    let bits = Int.random(in: 0...Number.bitWidth, using: &random)
    let edges: [Number] = [0, 1, ~0, .min, .max, 127, ~127]
    let any = Number.random(in: .min ... .max, using: &random)
    // Of every length, not nearly all of the greatest.
    let short = bits == Number.bitWidth ? any : any & ((1 << bits) &- 1)
    return Bool.random(using: &random) ? edges.randomElement(using: &random) ?? 0 : short
  }

  private mutating func real<Number: BinaryFloatingPoint>() -> Number {
    let edges: [Number] = [
      0, -0.0, 1, -1.5, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
    ]
    return edges.randomElement(using: &random) ?? 0
  }

  private mutating func flag() -> Bool { Bool.random(using: &random) }

  private mutating func text() -> String {
    let lengths = [0, 1, 14, 15, 16, 127, 128, 129, 16_384]
    let letter = ["a", "é", "漢", "😀"].randomElement(using: &random) ?? "a"
    return String(repeating: letter, count: lengths.randomElement(using: &random) ?? 0)
  }

  private mutating func bytes() -> [UInt8] {
    let length = [0, 1, 127, 128, 5000].randomElement(using: &random) ?? 0
    return (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
  }

  private mutating func color() -> Color { Color(rawValue: flag() ? number() : 1) }

  private mutating func inner() -> Inner {
    Inner(text: text(), encodedBytes_: number(), empty: flag() ? Empty() : nil)
  }

  private mutating func maybe<Value>(_ make: (inout KindSample) -> Value) -> Value? {
    flag() ? make(&self) : nil
  }

  private mutating func many<Value>(_ make: (inout KindSample) -> Value) -> [Value] {
    let count = [0, 1, 2, 40].randomElement(using: &random) ?? 0
    return (0..<count).map { _ in make(&self) }
  }

  private mutating func map<Key: Hashable, Value>(
    _ key: (inout KindSample) -> Key, _ value: (inout KindSample) -> Value
  ) -> [Key: Value] {
    Dictionary(many { (key(&$0), value(&$0)) }) { first, _ in first }
  }

  // MARK: Messages

  mutating func singular() -> Singular {
    Singular(
      int32: number(), int64: number(), uint32: number(), uint64: number(), sint32: number(),
      sint64: number(), fixed32: number(), fixed64: number(), sfixed32: number(),
      sfixed64: number(), float: real(), double: real(), bool: flag(), string: text(),
      bytes: bytes(), color: color(), inner: maybe { $0.inner() })
  }

  mutating func present() -> Present {
    Present(
      int32: maybe { $0.number() }, int64: maybe { $0.number() }, uint32: maybe { $0.number() },
      uint64: maybe { $0.number() }, sint32: maybe { $0.number() }, sint64: maybe { $0.number() },
      fixed32: maybe { $0.number() }, fixed64: maybe { $0.number() },
      sfixed32: maybe { $0.number() }, sfixed64: maybe { $0.number() },
      float: maybe { $0.real() }, double: maybe { $0.real() }, bool: maybe { $0.flag() },
      string: maybe { $0.text() }, bytes: maybe { $0.bytes() }, color: maybe { $0.color() })
  }

  mutating func repeated() -> Repeated {
    Repeated(
      int32: many { $0.number() }, int64: many { $0.number() }, uint32: many { $0.number() },
      uint64: many { $0.number() }, sint32: many { $0.number() }, sint64: many { $0.number() },
      fixed32: many { $0.number() }, fixed64: many { $0.number() },
      sfixed32: many { $0.number() }, sfixed64: many { $0.number() }, float: many { $0.real() },
      double: many { $0.real() }, bool: many { $0.flag() }, string: many { $0.text() },
      bytes: many { $0.bytes() }, color: many { $0.color() }, inner: many { $0.inner() })
  }

  mutating func unpacked() -> Unpacked {
    Unpacked(
      int32: many { $0.number() }, sint64: many { $0.number() }, fixed32: many { $0.number() },
      double: many { $0.real() }, bool: many { $0.flag() }, color: many { $0.color() })
  }

  mutating func maps() -> Maps {
    Maps(
      string: map({ $0.text() }, { $0.text() }), bool: map({ $0.flag() }, { $0.bytes() }),
      int32: map({ $0.number() }, { $0.inner() }), int64: map({ $0.number() }, { $0.color() }),
      uint32: map({ $0.number() }, { $0.flag() }), uint64: map({ $0.number() }, { $0.real() }),
      sint32: map({ $0.number() }, { $0.number() }), sint64: map({ $0.number() }, { $0.number() }),
      fixed32: map({ $0.number() }, { $0.number() }),
      fixed64: map({ $0.number() }, { $0.number() }),
      sfixed32: map({ $0.number() }, { $0.real() }),
      sfixed64: map({ $0.number() }, { $0.number() }))
  }

  mutating func choice() -> Choice {
    let choices: [Choice.One?] = [
      nil, .int32(number()), .sint32(number()), .fixed64(number()), .string(text()),
      .bytes(bytes()), .bool(flag()), .double(real()), .color(color()), .inner(inner()),
    ]
    return Choice(one: choices.randomElement(using: &random) ?? nil, between: text())
  }
}
