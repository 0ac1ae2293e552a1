internal import Domain

/// One row, lent to one closure: its columns are read in their order and copied into Swift values.
/// A column of another shape than asked for is a defect: `.internal`.
struct Row {
  /// What is left of a DataRow message: each column behind its length (-1: NULL).
  private var next: UnsafeRawPointer
  private let end: UnsafeRawPointer
  private let columns: Int
  private var column = 0

  /// - Parameter body: of a DataRow message.
  init(_ body: UnsafeRawBufferPointer) {
    guard let start = body.baseAddress, body.count >= 2 else {
      // Any address: nothing is read where there is no column.
      next = UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
      end = next
      columns = 0
      return
    }
    columns = Int(UInt16(bigEndian: start.loadUnaligned(as: UInt16.self)))
    next = start + 2
    end = start + body.count
  }

  /// The bytes of the next column; nil is NULL.
  @inline(__always)
  private mutating func nextBytes() throws(DomainError) -> UnsafeRawBufferPointer? {
    guard column < columns, end - next >= 4 else { throw mismatch("column") }
    column &+= 1
    let count = Int(Int32(bigEndian: next.loadUnaligned(as: Int32.self)))
    next += 4
    guard count >= 0 else { return nil }
    guard end - next >= count else { throw mismatch("column") }
    defer { next += count }
    return UnsafeRawBufferPointer(start: next, count: count)
  }

  @inline(never)
  private func mismatch(_ wanted: String) -> DomainError {
    .internal("PostgreSQL: column \(column) of \(columns) is no \(wanted)")
  }

  private mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type
  ) throws(DomainError) -> Number? {
    guard let bytes = try nextBytes() else { return nil }
    guard let number = Wire.load(bytes, as: type) else { throw mismatch("\(type)") }
    return number
  }

  private func required<Value>(_ value: Value?, _ wanted: String) throws(DomainError) -> Value {
    guard let value else { throw mismatch(wanted) }
    return value
  }

  /// Leaves the next column out.
  mutating func skip() throws(DomainError) { _ = try nextBytes() }

  // MARK: Scalars

  mutating func text() throws(DomainError) -> String {
    try required(textOrNull(), "text")
  }

  mutating func textOrNull() throws(DomainError) -> String? {
    try nextBytes().map { String(decoding: $0, as: UTF8.self) }
  }

  /// The bytes of a text or bytea column, in the row.
  mutating func bytes() throws(DomainError) -> UnsafeRawBufferPointer {
    try required(nextBytes(), "text")
  }

  mutating func data() throws(DomainError) -> [UInt8] {
    try required(nextBytes().map { Array($0) }, "bytea")
  }

  mutating func flag() throws(DomainError) -> Bool {
    try required(number(UInt8.self), "boolean") != 0
  }

  /// A column of type integer.
  mutating func int32() throws(DomainError) -> Int32 {
    try required(int32OrNull(), "integer")
  }

  mutating func int32OrNull() throws(DomainError) -> Int32? {
    try number(Int32.self)
  }

  mutating func int() throws(DomainError) -> Int {
    try required(intOrNull(), "integer")
  }

  /// A column of type integer.
  mutating func intOrNull() throws(DomainError) -> Int? {
    try number(Int32.self).map(Int.init)
  }

  /// A column of type bigint.
  mutating func int64() throws(DomainError) -> Int64 {
    try required(number(Int64.self), "bigint")
  }

  mutating func int64OrNull() throws(DomainError) -> Int64? {
    try number(Int64.self)
  }

  /// A column of type xid8.
  mutating func uint64() throws(DomainError) -> UInt64 {
    try required(number(UInt64.self), "xid8")
  }

  mutating func uuid() throws(DomainError) -> UInt128 {
    try required(number(UInt128.self), "uuid")
  }

  mutating func id<Entity>() throws(DomainError) -> Identifier<Entity> {
    Identifier(try uuid())
  }

  mutating func idOrNull<Entity>() throws(DomainError) -> Identifier<Entity>? {
    try number(UInt128.self).map { Identifier($0) }
  }

  mutating func instant() throws(DomainError) -> Instant {
    try required(instantOrNull(), "timestamptz")
  }

  mutating func instantOrNull() throws(DomainError) -> Instant? {
    try number(Int64.self).map(PostgresTime.instant)
  }

  /// A column of type bigint, in microseconds.
  mutating func duration() throws(DomainError) -> Duration { .microseconds(try int64()) }

  mutating func durationOrNull() throws(DomainError) -> Duration? {
    try int64OrNull().map { .microseconds($0) }
  }

  // MARK: Arrays

  mutating func texts() throws(DomainError) -> [String] {
    try array { String(decoding: $0, as: UTF8.self) }
  }

  mutating func ints() throws(DomainError) -> [Int] {
    try array { Wire.load($0, as: Int32.self).map(Int.init) }
  }

  /// The elements of a text array, in the row.
  mutating func elements(into elements: inout [UnsafeRawBufferPointer]) throws(DomainError) {
    if !elements.isEmpty { elements.removeAll(keepingCapacity: true) }
    try forEachElement { elements.append($0) }
  }

  /// The elements of an integer array.
  mutating func int32s(into numbers: inout [Int32]) throws(DomainError) {
    if !numbers.isEmpty { numbers.removeAll(keepingCapacity: true) }
    var isWrong = false
    try forEachElement { bytes in
      if let number = Wire.load(bytes, as: Int32.self) {
        numbers.append(number)
      } else {
        isWrong = true
      }
    }
    if isWrong { throw mismatch("array of that type") }
  }

  mutating func uuids() throws(DomainError) -> [UInt128] {
    try array { Wire.load($0, as: UInt128.self) }
  }

  /// Room that is made for the elements of an array that has any.
  private static let usualElements = 4

  private mutating func array<Element>(
    _ element: (UnsafeRawBufferPointer) -> Element?
  ) throws(DomainError) -> [Element] {
    var elements: [Element] = []
    var isWrong = false
    try forEachElement { bytes in
      if elements.isEmpty { elements.reserveCapacity(Self.usualElements) }
      if let value = element(bytes) { elements.append(value) } else { isWrong = true }
    }
    if isWrong { throw mismatch("array of that type") }
    return elements
  }

  /// A one-dimensional array without NULLs: dimensions, flags, element type, then each dimension's
  /// length and lower bound, then each element with its length (array_send in PostgreSQL).
  private mutating func forEachElement(
    _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(DomainError) {
    guard let bytes = try nextBytes() else { throw mismatch("array") }
    // Most arrays are empty.
    if bytes.count == 12, bytes.loadUnaligned(as: UInt32.self) == 0 { return }
    var reader = ArrayReader(bytes: bytes)
    guard let dimensions = reader.int32(), reader.int32() != nil, reader.int32() != nil else {
      throw mismatch("array")
    }
    if dimensions == 0 { return }
    guard dimensions == 1, let count = reader.int32(), reader.int32() != nil, count >= 0 else {
      throw mismatch("array of one dimension")
    }
    for _ in 0..<count {
      guard let item = reader.item() else { throw mismatch("array of that type") }
      body(item)
    }
  }
}

/// Reads the pieces of a binary array, each within the bytes that are there.
private struct ArrayReader {
  private var next: UnsafeRawPointer
  private let end: UnsafeRawPointer

  init(bytes: UnsafeRawBufferPointer) {
    // Any address: nothing is read where there are no bytes.
    next = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
    end = next + bytes.count
  }

  @inline(__always)
  mutating func int32() -> Int32? {
    guard end - next >= 4 else { return nil }
    defer { next += 4 }
    return Int32(bigEndian: next.loadUnaligned(as: Int32.self))
  }

  /// The next element; nil for NULL or the end.
  @inline(__always)
  mutating func item() -> UnsafeRawBufferPointer? {
    guard let count = int32(), count >= 0, end - next >= Int(count) else { return nil }
    defer { next += Int(count) }
    return UnsafeRawBufferPointer(start: next, count: Int(count))
  }
}
