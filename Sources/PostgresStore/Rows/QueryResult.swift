internal import Domain

/// What one statement answered: its rows, as they came, and its command tag.
struct QueryResult: Sendable {
  /// Each row behind its size (four bytes, native order).
  private var bytes: [UInt8] = []
  private(set) var count = 0
  /// Of the rows, each with four more for its size.
  var byteCount: Int { bytes.count }
  private var tag: [UInt8] = []

  /// - Parameter row: the body of a DataRow message; copied.
  mutating func append(_ row: UnsafeRawBufferPointer) {
    let size = bytes.count + 4 + row.count
    // One row, as most have, takes what it needs; a second one says that there may be many.
    if size > bytes.capacity { bytes.reserveCapacity(count == 0 ? size : max(4 * size, 8_192)) }
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: row.count)) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: row)
    count += 1
  }

  /// - Parameter body: of the CommandComplete message.
  mutating func end(_ body: UnsafeRawBufferPointer) {
    // Only who changes rows without answering any asks how many.
    if count == 0 { tag = Array(body.prefix { $0 != 0 }) }
  }

  /// How many rows a statement without RETURNING changed: the tag's last word.
  var changedCount: Int {
    tag.split(separator: UInt8(ascii: " ")).last.flatMap {
      Int(String(decoding: $0, as: UTF8.self))
    } ?? 0
  }

  /// Lends the first row; nil if there is none.
  func first<Value>(_ decode: (inout Row) throws(DomainError) -> Value) throws(DomainError)
    -> Value?
  {
    var value: Value?
    try forEach(limit: 1) { row throws(DomainError) in value = try decode(&row) }
    return value
  }

  /// Lends every row in turn.
  func map<Value>(_ decode: (inout Row) throws(DomainError) -> Value) throws(DomainError)
    -> [Value]
  {
    var values: [Value] = []
    values.reserveCapacity(count)
    try forEach(limit: count) { row throws(DomainError) in values.append(try decode(&row)) }
    return values
  }

  /// Lends the first `limit` rows in turn.
  func forEach(
    limit: Int, _ body: (inout Row) throws(DomainError) -> Void
  ) throws(DomainError) {
    try bytes.withUnsafeBufferPointer { buffer throws(DomainError) in
      let bytes = UnsafeRawBufferPointer(buffer)
      var offset = 0
      for _ in 0..<min(limit, count) {
        let size = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        offset += 4
        var row = Row(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + size)]))
        try body(&row)
        offset += size
      }
    }
  }
}
