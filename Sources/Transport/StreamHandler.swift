package import Wire

/// What a stream tells the call that it carries. Called on the connection's loop.
package protocol StreamHandler: AnyObject {
  /// One whole message, lent for the call. Call `stream.consumed(message.count)` once the
  /// application has taken it: that gives the peer its credit back.
  func stream(_ stream: Stream, message: UnsafeRawBufferPointer)
  /// Server: the client sends nothing more. Not called where OPEN said so.
  func streamEnded(_ stream: Stream)
  /// Client: the call's end. `message` is the last one where it came with the status; it costs no
  /// credit. Nothing follows.
  func stream(
    _ stream: Stream, status: RPCStatus, metadata: Metadata, message: UnsafeRawBufferPointer?)
  /// The stream ended early: by the peer, or because the connection went away. Nothing follows.
  /// On a server the handler still says when it is done, by `finish` or `reset`, which frees its
  /// place.
  func streamReset(_ stream: Stream, code: ResetCode)
  /// There may be room again after `isWritable` or `mayReply` was false. Ask again: others were
  /// told too.
  func streamWritable(_ stream: Stream)
}

extension StreamHandler {
  package func streamEnded(_ stream: Stream) {}

  package func stream(
    _ stream: Stream, status: RPCStatus, metadata: Metadata, message: UnsafeRawBufferPointer?
  ) {}

  package func streamWritable(_ stream: Stream) {}
}
