import EventLoop
public import Messages
public import Wire

/// What `Router.unary` does around a handler, where it is compiled for the handler's types.
extension CallContext {
  /// Decodes the request: `lent`, or what the call keeps, which is given up by that.
  @inlinable
  func decode<Request: Message>(
    _ lent: UnsafeRawBufferPointer?, as type: Request.Type, in arena: Arena
  ) throws(RPCStatus) -> Request {
    do throws(MessageError) {
      if let lent { return try Request(decoding: lent, in: arena) }
      // withUnsafeBytes throws untyped in a generic context, hence the Result.
      return try takeRequest().withUnsafeBytes { buffer in
        Result { () throws(MessageError) in try Request(decoding: buffer, in: arena) }
      }.get()
    } catch {
      throw RPCStatus(error)
    }
  }

  @usableFromInline
  func takeRequest() -> [UInt8] {
    defer { call.returnCredit() }
    return call.partial.take() ?? []
  }

  /// Answers as soon as the caller reads fast enough.
  @inlinable
  func reply(_ response: some EncodableMessage) async {
    while !replyAtOnce(response) { await untilWritable() }
  }

  @inlinable
  func replyAtOnce(_ response: some EncodableMessage) -> Bool {
    reply(count: response.encodedBytes) { response.write(to: $0) }
  }

  @usableFromInline
  func reply(count: Int, _ write: (UnsafeMutableRawPointer) -> Void) -> Bool {
    call.reply(count: count, write)
  }

  @usableFromInline
  func fail(_ status: RPCStatus) { call.fail(status) }

  @usableFromInline
  func untilWritable() async { await call.untilWritable() }
}
