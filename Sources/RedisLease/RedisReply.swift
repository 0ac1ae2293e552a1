internal import CHiredis

/// An answer of Redis, copied out of hiredis.
enum RedisReply: Sendable, Equatable {
  case text([UInt8])
  case integer(Int64)
  case status(String)
  case failure(String)
  case array([RedisReply])
  case null

  /// Copies `reply`, which stays the caller's. hiredis bounds the nesting (7 levels).
  init(borrowing reply: UnsafeMutablePointer<redisReply>) {
    let value = reply.pointee
    switch value.type {
    case REDIS_REPLY_INTEGER: self = .integer(value.integer)
    case REDIS_REPLY_STRING: self = .text(Self.bytes(value))
    case REDIS_REPLY_STATUS: self = .status(String(decoding: Self.bytes(value), as: UTF8.self))
    case REDIS_REPLY_ERROR: self = .failure(String(decoding: Self.bytes(value), as: UTF8.self))
    case REDIS_REPLY_ARRAY:
      self = .array((0..<Int(value.elements)).map { RedisReply(borrowing: value.element[$0]!) })
    default: self = .null
    }
  }

  private static func bytes(_ value: redisReply) -> [UInt8] {
    guard let start = value.str else { return [] }
    return UnsafeRawBufferPointer(start: start, count: Int(value.len)).map { $0 }
  }
}
