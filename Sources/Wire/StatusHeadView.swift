/// The head of a received STATUS, still in the read buffer.
package struct StatusHeadView {
  /// A code that this version does not know reads as `unknown`.
  package let code: StatusCode
  private let message: UnsafeRawBufferPointer
  private let details: UnsafeRawBufferPointer
  package let metadata: MetadataView

  /// Takes the head off the front of a STATUS's payload and leaves the message's bytes in `rest`.
  package static func parse(
    _ payload: UnsafeRawBufferPointer
  ) throws(FrameError) -> (head: StatusHeadView, rest: UnsafeRawBufferPointer) {
    var cursor = ByteCursor(payload)
    guard let code = cursor.uint8(), let reserved = cursor.uint8(),
      let messageBytes = cursor.uint16(), let detailsBytes = cursor.uint16(),
      let metadataBytes = cursor.uint16(), let message = cursor.bytes(Int(messageBytes)),
      let details = cursor.bytes(Int(detailsBytes)),
      let metadata = cursor.bytes(Int(metadataBytes))
    else { throw .malformed("STATUS is shorter than its head") }
    guard reserved == 0 else { throw .malformed("reserved bits of STATUS are set") }
    guard message.count <= WireLimits.statusMessageBytes,
      details.count <= WireLimits.statusDetailsBytes,
      metadata.count <= WireLimits.metadataBytes
    else { throw .malformed("a part of STATUS is over its bound") }
    try checkDetails(details)
    let head = StatusHeadView(
      code: StatusCode(rawValue: code) ?? .unknown, message: message, details: details,
      metadata: try MetadataView(checking: metadata))
    return (head, cursor.rest())
  }

  /// A copy that may be kept.
  package var status: RPCStatus {
    guard message.count > 0 || details.count > 0 else { return RPCStatus(code) }
    var result = RPCStatus(code, String(decoding: message, as: UTF8.self))
    var cursor = ByteCursor(details)
    while let detail = Self.next(&cursor) {
      let name = String(decoding: detail.name, as: UTF8.self)
      result.details.append(StatusDetail(typeName: name, bytes: detail.bytes))
    }
    return result
  }

  private static func checkDetails(_ bytes: UnsafeRawBufferPointer) throws(FrameError) {
    var cursor = ByteCursor(bytes)
    while cursor.remaining > 0 {
      guard let detail = next(&cursor), detail.name.count > 0 else {
        throw .malformed("a detail of STATUS is cut off")
      }
    }
  }

  private static func next(
    _ cursor: inout ByteCursor
  ) -> (name: UnsafeRawBufferPointer, bytes: UnsafeRawBufferPointer)? {
    guard let nameBytes = cursor.uint8(), let count = cursor.uint16(),
      let name = cursor.bytes(Int(nameBytes)), let bytes = cursor.bytes(Int(count))
    else { return nil }
    return (name, bytes)
  }
}
