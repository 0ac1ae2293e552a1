internal import CHiredis

/// Owns a hiredis context in non-blocking mode. hiredis is not thread-safe: a handle stays on one
/// loop.
struct RedisHandle: ~Copyable {
  private let context: UnsafeMutablePointer<redisContext>

  /// Begins to connect; a `host` is an address literal, so nothing is looked up here.
  static func connect(host: String, port: UInt16) -> RedisHandle? {
    redisConnectNonBlock(host, Int32(port)).map { RedisHandle(owning: $0) }
  }

  static func connect(unix path: String) -> RedisHandle? {
    redisConnectUnixNonBlock(path).map { RedisHandle(owning: $0) }
  }

  private init(owning context: UnsafeMutablePointer<redisContext>) { self.context = context }

  deinit { redisFree(context) }

  var descriptor: Int32 { context.pointee.fd }

  /// hiredis's words for what broke the connection; nil while it holds.
  var failure: String? {
    guard context.pointee.err != 0 else { return nil }
    let text = withUnsafeBytes(of: context.pointee.errstr) { Array($0.prefix { $0 != 0 }) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends a command to what is to be sent. The argument form: values are never parsed.
  func append(_ arguments: [[UInt8]]) -> Bool {
    var flat: [CChar] = []
    for argument in arguments { flat += argument.map(CChar.init(bitPattern:)) }
    let lengths = arguments.map(\.count)
    return flat.withUnsafeBufferPointer { bytes in
      var offset = 0
      var starts: [UnsafePointer<CChar>?] = lengths.map { length in
        defer { offset += length }
        return bytes.baseAddress.map { $0 + offset }
      }
      return redisAppendCommandArgv(context, Int32(arguments.count), &starts, lengths) == REDIS_OK
    }
  }

  /// Writes what the socket takes. `nil`: the connection broke; else whether all is written.
  func write() -> Bool? {
    var done: Int32 = 0
    return redisBufferWrite(context, &done) == REDIS_OK ? done != 0 : nil
  }

  /// Reads what is there, once. False: the connection broke.
  func read() -> Bool { redisBufferRead(context) == REDIS_OK }

  /// Bytes read and not yet taken as replies.
  var unreadBytes: Int { Int(context.pointee.reader.pointee.len) }

  /// The next whole reply; throws when the bytes are no reply.
  func nextReply() throws(RedisFailure) -> RedisReply? {
    var pointer: UnsafeMutableRawPointer?
    guard redisGetReplyFromReader(context, &pointer) == REDIS_OK else {
      throw RedisFailure(failure ?? "bytes that are no reply")
    }
    guard let pointer else { return nil }
    defer { freeReplyObject(pointer) }
    return RedisReply(borrowing: pointer.assumingMemoryBound(to: redisReply.self))
  }
}

/// The connection broke or Redis refused.
struct RedisFailure: Error, Sendable, Equatable {
  let message: String
  init(_ message: String) { self.message = message }
}
