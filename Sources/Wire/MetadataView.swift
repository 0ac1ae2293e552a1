/// The metadata of a received head, still in the read buffer: each pair is
/// `key length u8 | value length u16 | key | value`. Checked whole before one of these exists.
@_spi(Frames)
public struct MetadataView {
  @usableFromInline let bytes: UnsafeRawBufferPointer

  /// Checks the grammar, the keys and the number of pairs.
  @inlinable
  public init(checking bytes: UnsafeRawBufferPointer) throws(FrameError) {
    self.bytes = bytes
    if bytes.count > 0 { try check() }
  }

  @inlinable
  public var isEmpty: Bool { bytes.count == 0 }

  /// A copy that may be kept.
  package var metadata: Metadata {
    var result = Metadata()
    forEach { key, value in
      result.append(Array(value), for: String(decoding: key, as: UTF8.self))
    }
    return result
  }

  /// The first value under `key`, still lent.
  package func value(for key: StaticString) -> UnsafeRawBufferPointer? {
    var found: UnsafeRawBufferPointer?
    let wanted = UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
    forEach { key, value in
      if found == nil, key.elementsEqual(wanted) { found = value }
    }
    return found
  }

  /// Every pair in order, still lent.
  package func forEach(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
    var cursor = ByteCursor(bytes)
    while let pair = Self.next(&cursor) { body(pair.key, pair.value) }
  }

  @usableFromInline
  func check() throws(FrameError) {
    var cursor = ByteCursor(bytes)
    var count = 0
    while cursor.remaining > 0 {
      guard let pair = Self.next(&cursor) else { throw .malformed("metadata is cut off") }
      guard Self.isKey(pair.key) else { throw .malformed("a metadata key is not valid") }
      count += 1
      guard count <= WireLimits.metadataEntries else { throw .malformed("too many metadata pairs") }
    }
  }

  private static func next(
    _ cursor: inout ByteCursor
  ) -> (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
    guard let keyBytes = cursor.uint8(), let valueBytes = cursor.uint16(),
      let key = cursor.bytes(Int(keyBytes)), let value = cursor.bytes(Int(valueBytes))
    else { return nil }
    return (key, value)
  }

  /// Whether these bytes may be a metadata key.
  static func isKey(_ key: some Collection<UInt8>) -> Bool {
    guard (1...WireLimits.metadataKeyBytes).contains(key.count) else { return false }
    return key.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
      default:
        false
      }
    }
  }
}
