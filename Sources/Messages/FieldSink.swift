/// Where a message's fields go one after the other: `WireSizer` counts their bytes, `WireCursor`
/// writes them. Generated code names each field once, for both.
public protocol FieldSink {
  /// Whether it has no use for the order of what it is given.
  static var ignoresOrder: Bool { get }

  /// Callers name the field by a constant.
  mutating func tag(_ field: Int, _ type: WireType)

  mutating func varint(_ value: UInt64)

  /// All bytes of a number, the lowest first.
  mutating func fixed(_ value: some FixedWidthInteger & BitwiseCopyable)

  /// A length and these bytes.
  mutating func delimited(_ bytes: UnsafeRawBufferPointer)

  /// A length and the UTF-8 of `text`.
  mutating func delimited(_ text: String)

  /// A length and the fields of `message`.
  mutating func delimited(_ message: some EncodableMessage)
}

extension FieldSink {
  /// A field without presence: its default is left out.
  @inlinable @inline(__always)
  public mutating func field<Value: WireValue>(_ number: Int, _ value: Value) {
    if !Value.isDefault(value) { present(number, value) }
  }

  /// A field with presence: written where it is set, its default too.
  @inlinable @inline(__always)
  public mutating func optional(_ number: Int, _ value: (some WireValue)?) {
    if let value { present(number, value) }
  }

  /// A field that is set, of a oneof say.
  @inlinable @inline(__always)
  public mutating func present<Value: WireValue & ~Copyable>(
    _ number: Int, _ value: borrowing Value
  ) {
    tag(number, Value.wireType)
    value.writeValue(to: &self)
  }

  /// A repeated field that has a tag for each element.
  @inlinable @inline(__always)
  public mutating func elements<Value: WireValue>(_ number: Int, _ values: [Value]) {
    elements(number, values.span)
  }

  /// What must not copy an element does not retain its strings.
  @inlinable @inline(__always)
  mutating func elements<Value: WireValue & ~Copyable>(
    _ number: Int, _ values: borrowing Span<Value>
  ) {
    for index in values.indices { present(number, values[index]) }
  }

  /// A repeated field of numbers with one tag for all.
  @inlinable
  public mutating func packed(_ number: Int, _ values: some Collection<some WireValue>) {
    guard !values.isEmpty else { return }
    var sizer = WireSizer()
    for value in values { value.writeValue(to: &sizer) }
    tag(number, .delimited)
    varint(UInt64(truncatingIfNeeded: sizer.count))
    for value in values { value.writeValue(to: &self) }
  }

  /// A map: a message for each entry, in the order of the keys.
  @inlinable
  public mutating func map<Key: WireKey, Value: WireValue>(
    _ number: Int, _ entries: some Collection<(key: Key, value: Value)>
  ) {
    if Self.ignoresOrder {
      for (key, value) in entries { entry(number, key, value) }
    } else {
      for (key, value) in entries.sorted(by: { Key.precedes($0.key, $1.key) }) {
        entry(number, key, value)
      }
    }
  }

  @inlinable
  mutating func entry(_ number: Int, _ key: some WireKey, _ value: some WireValue) {
    var sizer = WireSizer()
    sizer.field(1, key)
    sizer.field(2, value)
    tag(number, .delimited)
    varint(UInt64(truncatingIfNeeded: sizer.count))
    field(1, key)
    field(2, value)
  }
}
