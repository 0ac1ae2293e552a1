import EventLoop
public import Messages
public import Wire

/// What `Router.unary` does around a handler, where it is compiled for the handler's types.
extension CallContext {
  @usableFromInline
  var arena: Arena { call.server.arena }

  @inlinable
  func decode<Request: Message>(
    _ bytes: RequestBytes, as type: Request.Type
  ) throws(RPCStatus) -> Request {
    do throws(MessageError) {
      switch bytes {
      case .lent(let buffer):
        return try Request(decoding: buffer, in: arena)
      case .kept(let array):
        // withUnsafeBytes throws untyped in a generic context, hence the Result.
        return try array.withUnsafeBytes { buffer in
          Result { () throws(MessageError) in try Request(decoding: buffer, in: arena) }
        }.get()
      }
    } catch {
      throw RPCStatus(error)
    }
  }

  /// Answers as soon as the caller reads fast enough.
  @inlinable
  func reply(_ response: some EncodableMessage) async {
    while !replyAtOnce(response) { await untilWritable() }
  }

  @inlinable
  func replyAtOnce(_ response: some EncodableMessage) -> Bool {
    let mark = arena.beginEncoding()
    defer { arena.end(mark) }
    // The encoding may point into the response.
    return withExtendedLifetime(response) { reply(response.encoding(in: arena)) }
  }

  @usableFromInline
  func reply(_ response: MessageEncoding) -> Bool { call.reply(response) }

  @usableFromInline
  func untilWritable() async { await call.untilWritable() }
}
