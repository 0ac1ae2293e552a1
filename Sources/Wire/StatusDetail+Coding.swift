extension StatusDetail {
  private enum TypeName {
    static let badRequest = "google.rpc.BadRequest"
    static let retryInfo = "google.rpc.RetryInfo"
    static let quotaFailure = "google.rpc.QuotaFailure"
    static let errorInfo = "google.rpc.ErrorInfo"
  }

  /// The full name of the protobuf message, as it travels.
  package var typeName: String {
    switch self {
    case .badRequest: TypeName.badRequest
    case .retryInfo: TypeName.retryInfo
    case .quotaFailure: TypeName.quotaFailure
    case .errorInfo: TypeName.errorInfo
    case .unknown(let type, _): type
    }
  }

  /// The bytes of that message.
  package var encoded: [UInt8] {
    var fields = ProtobufFields()
    switch self {
    case .badRequest(let violations):
      for violation in violations {
        fields.append(1, pair: (violation.field, violation.description))
      }
    case .retryInfo(let delay):
      var duration = ProtobufFields()
      let (seconds, attoseconds) = delay.components
      duration.append(1, integer: seconds)
      duration.append(2, integer: attoseconds / 1_000_000_000)
      fields.append(1, bytes: duration.bytes)
    case .quotaFailure(let violations):
      for violation in violations {
        fields.append(1, pair: (violation.subject, violation.description))
      }
    case .errorInfo(let reason, let domain, let metadata):
      fields.append(1, string: reason)
      fields.append(2, string: domain)
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
        fields.append(3, pair: (key, value))
      }
    case .unknown(_, let bytes):
      return bytes
    }
    return fields.bytes
  }

  /// A detail from its type name and bytes. What does not parse as that type stays `unknown`.
  package init(typeName: String, bytes: UnsafeRawBufferPointer) {
    let known: StatusDetail? =
      switch typeName {
      case TypeName.badRequest:
        Self.pairs(of: bytes, number: 1).map { pairs in
          .badRequest(pairs.map { FieldViolation(field: $0.0, description: $0.1) })
        }
      case TypeName.retryInfo:
        Self.retryDelay(bytes).map { .retryInfo(delay: $0) }
      case TypeName.quotaFailure:
        Self.pairs(of: bytes, number: 1).map { pairs in
          .quotaFailure(pairs.map { QuotaViolation(subject: $0.0, description: $0.1) })
        }
      case TypeName.errorInfo:
        Self.errorInfo(bytes)
      default:
        nil
      }
    self = known ?? .unknown(type: typeName, bytes: Array(bytes))
  }

  /// The repeated submessages of two strings under `number`; nil when the bytes are not protobuf.
  private static func pairs(
    of bytes: UnsafeRawBufferPointer, number: UInt32
  ) -> [(String, String)]? {
    var result: [(String, String)] = []
    var reader = ProtobufReader(bytes)
    while !reader.isAtEnd {
      guard let field = reader.next() else { return nil }
      guard field.number == number, case .bytes(let inner) = field.value else { continue }
      guard let pair = pair(inner) else { return nil }
      result.append(pair)
    }
    return result
  }

  private static func pair(_ bytes: UnsafeRawBufferPointer) -> (String, String)? {
    var pair = ("", "")
    var reader = ProtobufReader(bytes)
    while !reader.isAtEnd {
      guard let field = reader.next() else { return nil }
      guard case .bytes(let value) = field.value else { continue }
      if field.number == 1 { pair.0 = String(decoding: value, as: UTF8.self) }
      if field.number == 2 { pair.1 = String(decoding: value, as: UTF8.self) }
    }
    return pair
  }

  private static func retryDelay(_ bytes: UnsafeRawBufferPointer) -> Duration? {
    var delay = Duration.zero
    var reader = ProtobufReader(bytes)
    while !reader.isAtEnd {
      guard let field = reader.next() else { return nil }
      guard field.number == 1, case .bytes(let inner) = field.value else { continue }
      guard let duration = duration(inner) else { return nil }
      delay = duration
    }
    return delay
  }

  private static func duration(_ bytes: UnsafeRawBufferPointer) -> Duration? {
    // The range of google.protobuf.Duration; past it Duration's arithmetic could overflow.
    let secondsBound: Int64 = 315_576_000_000
    var seconds: Int64 = 0
    var nanos: Int64 = 0
    var reader = ProtobufReader(bytes)
    while !reader.isAtEnd {
      guard let field = reader.next() else { return nil }
      guard case .varint(let value) = field.value else { continue }
      if field.number == 1 { seconds = Int64(bitPattern: value) }
      if field.number == 2 { nanos = Int64(bitPattern: value) }
    }
    guard (-secondsBound...secondsBound).contains(seconds) else { return nil }
    guard (-999_999_999...999_999_999).contains(nanos) else { return nil }
    return .seconds(seconds) + .nanoseconds(nanos)
  }

  private static func errorInfo(_ bytes: UnsafeRawBufferPointer) -> StatusDetail? {
    var reason = ""
    var domain = ""
    var metadata: [String: String] = [:]
    var reader = ProtobufReader(bytes)
    while !reader.isAtEnd {
      guard let field = reader.next() else { return nil }
      guard case .bytes(let value) = field.value else { continue }
      switch field.number {
      case 1: reason = String(decoding: value, as: UTF8.self)
      case 2: domain = String(decoding: value, as: UTF8.self)
      case 3:
        guard let entry = pair(value) else { return nil }
        metadata[entry.0] = entry.1
      default: break
      }
    }
    return .errorInfo(reason: reason, domain: domain, metadata: metadata)
  }
}
