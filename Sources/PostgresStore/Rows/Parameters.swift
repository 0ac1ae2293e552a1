internal import Domain

/// The parameters of one statement in PostgreSQL's binary form, as they stand in a Bind message:
/// each value behind its length (-1: NULL).
struct Parameters: Sendable {
  private(set) var bytes: [UInt8] = []
  private(set) var count = 0

  static let none = Parameters { _ in }

  /// - Parameter capacity: bytes to make room for.
  init(capacity: Int = 128, _ build: (inout Parameters) -> Void) {
    bytes.reserveCapacity(capacity)
    build(&self)
  }

  /// Appends one value written by `write`.
  private mutating func value(_ write: (inout [UInt8]) -> Void) {
    let header = bytes.count
    Wire.append(Int32(0), to: &bytes)
    write(&bytes)
    Wire.store(Int32(bytes.count - header - 4), to: &bytes, at: header)
    count += 1
  }

  mutating func null() {
    Wire.append(Int32(-1), to: &bytes)
    count += 1
  }

  mutating func add(_ text: String) { value { $0.append(contentsOf: text.utf8) } }

  mutating func add(_ data: [UInt8]) { value { $0.append(contentsOf: data) } }

  mutating func add(_ flag: Bool) { value { $0.append(flag ? 1 : 0) } }

  mutating func add(_ number: Int64) { value { Wire.append(number, to: &$0) } }

  mutating func add(_ number: Int32) { value { Wire.append(number, to: &$0) } }

  mutating func add(_ number: UInt128) { value { Wire.append(number, to: &$0) } }

  mutating func add<Entity>(_ id: Identifier<Entity>) { add(id.value) }

  /// Two: its index, and how many there are.
  mutating func add(_ shard: Shard) {
    add(Int32(shard.index))
    add(Int32(shard.count))
  }

  mutating func add(_ instant: Instant) { add(PostgresTime.microseconds(of: instant)) }

  mutating func add<Entity>(_ id: Identifier<Entity>?) {
    if let id { add(id) } else { null() }
  }

  mutating func add(_ instant: Instant?) {
    if let instant { add(instant) } else { null() }
  }

  mutating func add(_ text: String?) {
    if let text { add(text) } else { null() }
  }

  mutating func add(_ number: Int32?) {
    if let number { add(number) } else { null() }
  }

  mutating func add(_ number: Int64?) {
    if let number { add(number) } else { null() }
  }

  /// Appends one array; `write` appends one element's bytes, false for NULL.
  mutating func array<Elements: Collection>(
    _ type: ElementType, _ elements: Elements,
    _ write: (inout [UInt8], Elements.Element) -> Bool
  ) {
    value { bytes in
      Wire.append(Int32(elements.isEmpty ? 0 : 1), to: &bytes)
      Wire.append(Int32(1), to: &bytes)
      Wire.append(Int32(bitPattern: type.rawValue), to: &bytes)
      if elements.isEmpty { return }
      Wire.append(Int32(elements.count), to: &bytes)
      Wire.append(Int32(1), to: &bytes)
      for element in elements {
        let header = bytes.count
        Wire.append(Int32(-1), to: &bytes)
        guard write(&bytes, element) else { continue }
        Wire.store(Int32(bytes.count - header - 4), to: &bytes, at: header)
      }
    }
  }

  // One array of what `value` says of each item, without an array in between.

  mutating func add<Items: Collection>(each items: Items, _ value: (Items.Element) -> UInt128) {
    array(.uuid, items) { bytes, item in
      Wire.append(value(item), to: &bytes)
      return true
    }
  }

  mutating func add<Items: Collection>(
    each items: Items, optional value: (Items.Element) -> UInt128?
  ) {
    array(.uuid, items) { bytes, item in
      guard let value = value(item) else { return false }
      Wire.append(value, to: &bytes)
      return true
    }
  }

  mutating func add<Items: Collection>(each items: Items, _ value: (Items.Element) -> String?) {
    array(.text, items) { bytes, item in
      guard let value = value(item) else { return false }
      bytes.append(contentsOf: value.utf8)
      return true
    }
  }

  /// Array literals (`TextArray`), one for each item.
  mutating func add<Items: Collection>(
    literals items: Items, _ value: (Items.Element) -> [String]
  ) {
    array(.text, items) { bytes, item in
      TextArray.append(value(item), to: &bytes)
      return true
    }
  }

  mutating func add<Items: Collection>(each items: Items, _ value: (Items.Element) -> [UInt8]?) {
    array(.bytea, items) { bytes, item in
      guard let value = value(item) else { return false }
      bytes.append(contentsOf: value)
      return true
    }
  }

  mutating func add<Items: Collection>(each items: Items, _ value: (Items.Element) -> Int64) {
    array(.int8, items) { bytes, item in
      Wire.append(value(item), to: &bytes)
      return true
    }
  }

  mutating func add<Items: Collection>(each items: Items, _ value: (Items.Element) -> Int32) {
    array(.int4, items) { bytes, item in
      Wire.append(value(item), to: &bytes)
      return true
    }
  }

  mutating func add<Items: Collection>(each items: Items, _ value: (Items.Element) -> Instant) {
    array(.timestamptz, items) { bytes, item in
      Wire.append(PostgresTime.microseconds(of: value(item)), to: &bytes)
      return true
    }
  }

  mutating func add<Items: Collection>(each items: Items, _ value: (Items.Element) -> Bool) {
    array(.bool, items) { bytes, item in
      bytes.append(value(item) ? 1 : 0)
      return true
    }
  }

  mutating func add<Items: Collection>(
    each items: Items, optional value: (Items.Element) -> Int64?
  ) {
    array(.int8, items) { bytes, item in
      guard let value = value(item) else { return false }
      Wire.append(value, to: &bytes)
      return true
    }
  }

  mutating func add<Items: Collection>(
    each items: Items, optional value: (Items.Element) -> Instant?
  ) {
    array(.timestamptz, items) { bytes, item in
      guard let value = value(item) else { return false }
      Wire.append(PostgresTime.microseconds(of: value), to: &bytes)
      return true
    }
  }

  mutating func add(_ texts: some Collection<String>) {
    array(.text, texts) { bytes, text in
      bytes.append(contentsOf: text.utf8)
      return true
    }
  }

  mutating func add(_ texts: some Collection<String?>) {
    array(.text, texts) { bytes, text in
      guard let text else { return false }
      bytes.append(contentsOf: text.utf8)
      return true
    }
  }

  mutating func add(_ numbers: some Collection<UInt128>) {
    array(.uuid, numbers) { bytes, number in
      Wire.append(number, to: &bytes)
      return true
    }
  }

  mutating func add(_ numbers: some Collection<UInt128?>) {
    array(.uuid, numbers) { bytes, number in
      guard let number else { return false }
      Wire.append(number, to: &bytes)
      return true
    }
  }

  mutating func add(_ numbers: some Collection<Int32>) {
    array(.int4, numbers) { bytes, number in
      Wire.append(number, to: &bytes)
      return true
    }
  }

  mutating func add(_ numbers: some Collection<Int32?>) {
    array(.int4, numbers) { bytes, number in
      guard let number else { return false }
      Wire.append(number, to: &bytes)
      return true
    }
  }

  /// Nil is NULL: every organization.
  mutating func add(_ scope: TenantScope) {
    switch scope {
    case .all: null()
    case .organizations(let organizations): add(each: organizations) { $0.value }
    }
  }

  mutating func add(_ numbers: some Collection<Int64>) {
    array(.int8, numbers) { bytes, number in
      Wire.append(number, to: &bytes)
      return true
    }
  }

  mutating func add(_ instants: some Collection<Instant?>) {
    array(.timestamptz, instants) { bytes, instant in
      guard let instant else { return false }
      Wire.append(PostgresTime.microseconds(of: instant), to: &bytes)
      return true
    }
  }

  mutating func add(_ data: some Collection<[UInt8]?>) {
    array(.bytea, data) { bytes, item in
      guard let item else { return false }
      bytes.append(contentsOf: item)
      return true
    }
  }
}

/// The object identifiers of the element types that arrays of ours have (pg_type.dat).
enum ElementType: UInt32 {
  case bool = 16
  case bytea = 17
  case int8 = 20
  case int4 = 23
  case text = 25
  case timestamptz = 1184
  case uuid = 2950
}
