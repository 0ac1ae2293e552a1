/// The head of a STATUS frame, as its sender has it: already cut to the bounds of the wire.
///
///     code u8 | reserved u8 | message length u16 | details length u16 | metadata length u16
///     | message | details | metadata
@_spi(Frames)
public struct StatusHead: Sendable {
  /// Bytes of a head that carries nothing but a code.
  @inlinable
  public static var fixedBytes: Int { 8 }

  private let code: StatusCode
  private let message: String
  private let details: [UInt8]
  private let metadata: Metadata

  /// Cuts the message at its bound, leaves off the details that do not fit, and all of the metadata
  /// if it may not travel: a status always goes out.
  package init(_ status: RPCStatus, metadata: Metadata = Metadata()) {
    code = status.code
    message = Self.cut(status.message, to: WireLimits.statusMessageBytes)
    details = Self.encode(status.details)
    self.metadata = metadata.isEncodable ? metadata : Metadata()
  }

  /// Bytes of the head as encoded.
  package var encodedBytes: Int {
    Self.fixedBytes + message.utf8.count + details.count + metadata.encodedBytes
  }

  package func write(to sink: inout ByteSink) {
    sink.uint8(code.rawValue)
    sink.uint8(0)
    sink.uint16(UInt16(message.utf8.count))
    sink.uint16(UInt16(details.count))
    sink.uint16(UInt16(metadata.encodedBytes))
    sink.utf8(message)
    sink.bytes(details)
    metadata.write(to: &sink)
  }

  /// Writes the head of a success that says nothing else: eight zero bytes.
  @inlinable
  public static func writeSuccess(to pointer: UnsafeMutableRawPointer) {
    pointer.storeBytes(of: 0, as: UInt64.self)
  }

  /// The longest prefix of whole characters within `bound` bytes of UTF-8.
  package static func cut(_ string: String, to bound: Int) -> String {
    guard string.utf8.count > bound else { return string }
    let scalars = string.unicodeScalars
    var bytes = 0
    var end = scalars.startIndex
    while end < scalars.endIndex {
      bytes += UTF8.width(scalars[end])
      if bytes > bound { break }
      end = scalars.index(after: end)
    }
    return String(scalars[..<end])
  }

  private static func encode(_ details: [StatusDetail]) -> [UInt8] {
    var result: [UInt8] = []
    for detail in details {
      let name = Array(detail.typeName.utf8)
      let bytes = detail.encoded
      guard (1...255).contains(name.count) else { continue }
      guard result.count + 3 + name.count + bytes.count <= WireLimits.statusDetailsBytes else {
        break
      }
      result.append(UInt8(name.count))
      result.append(UInt8(truncatingIfNeeded: bytes.count >> 8))
      result.append(UInt8(truncatingIfNeeded: bytes.count))
      result.append(contentsOf: name)
      result.append(contentsOf: bytes)
    }
    return result
  }
}
