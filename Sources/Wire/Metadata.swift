/// Ordered key-value pairs of a call. Keys are lower case; values are any bytes.
///
/// A key is 1 to 64 of `a-z`, `0-9`, `-`, `_`, `.`; all pairs together stay within 8 KiB as encoded
/// (three bytes a pair beside key and value). A call with metadata outside that fails with
/// `INVALID_ARGUMENT` before anything is sent.
public struct Metadata: Sendable, Equatable {
  /// One pair.
  public struct Entry: Sendable, Equatable {
    public let key: String
    public let value: [UInt8]
  }

  /// The pairs in order.
  public private(set) var entries: [Entry] = []

  public init() {}

  public var isEmpty: Bool { entries.isEmpty }

  /// The first value under `key`, if it is UTF-8.
  public subscript(_ key: String) -> String? {
    bytes(for: key).flatMap { String(validating: $0, as: UTF8.self) }
  }

  /// The first value under `key`.
  public func bytes(for key: String) -> [UInt8]? {
    entries.first { $0.key == key }?.value
  }

  /// Adds a pair behind the others. Upper-case letters of the key become lower case.
  public mutating func append(_ value: String, for key: String) {
    append(Array(value.utf8), for: key)
  }

  /// Adds a pair behind the others. Upper-case letters of the key become lower case.
  public mutating func append(_ value: [UInt8], for key: String) {
    entries.append(Entry(key: key.lowercased(), value: value))
  }

  /// Puts one pair in the place of all that there are under the key.
  package mutating func replace(with value: String, for key: String) {
    entries.removeAll { $0.key == key }
    append(value, for: key)
  }
}

extension Metadata: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, String)...) {
    for (key, value) in elements { append(value, for: key) }
  }
}

extension Metadata {
  /// Bytes of the pairs as encoded.
  package var encodedBytes: Int {
    entries.reduce(0) { $0 + 3 + $1.key.utf8.count + $1.value.count }
  }

  /// Whether every key and every size is one that may travel.
  package var isEncodable: Bool {
    entries.count <= WireLimits.metadataEntries && encodedBytes <= WireLimits.metadataBytes
      && entries.allSatisfy { MetadataView.isKey($0.key.utf8) }
  }

  /// Writes every pair. The caller has checked `isEncodable`.
  package func write(to sink: inout ByteSink) {
    for entry in entries {
      sink.uint8(UInt8(entry.key.utf8.count))
      sink.uint16(UInt16(entry.value.count))
      sink.utf8(entry.key)
      sink.bytes(entry.value)
    }
  }
}
