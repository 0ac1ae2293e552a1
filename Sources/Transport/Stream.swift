package import Wire

/// One call on a connection: a handle to copy at will. What is done to a stream that is over does
/// nothing. Everything here runs on the connection's loop.
package struct Stream: Sendable {
  package let connection: Connection
  package let id: UInt32

  package init(connection: Connection, id: UInt32) {
    self.connection = connection
    self.id = id
  }

  /// Who is told what happens. Held until the stream is over.
  package var handler: (any StreamHandler)? {
    get { connection.handler(of: id) }
    nonmutating set { connection.setHandler(newValue, of: id) }
  }

  /// Whether there is still something to send on and someone to send to.
  package var isOpen: Bool { connection.isOpen(id) }

  /// Server: whether the client sends nothing after the message that is being delivered.
  package var peerHasEnded: Bool { connection.peerHasEnded(id) }

  /// Whether to send the next message now; if not, `streamWritable` is called later. A stream
  /// that is over is writable, so that nobody waits for it.
  package var isWritable: Bool { connection.isWritable(id) }

  /// Server: the same question before a reply of `bytes` is given to `finish`. It is not held up by
  /// others that read slowly on the same connection, nor is a small one by large ones that wait.
  package func mayReply(bytes: Int) -> Bool { connection.mayReply(id, bytes: bytes) }

  /// Appends one message. `write` fills exactly `count` bytes and does nothing else; it is not
  /// called when the stream is over. `end` (client): nothing follows.
  ///
  /// - Returns: `isWritable` from here on.
  @discardableResult
  package func send(
    count: Int, end: Bool = false, _ write: (UnsafeMutableRawBufferPointer) -> Void
  ) -> Bool {
    connection.send(on: id, count: count, end: end, write)
  }

  /// Server: success with one last message of `count` bytes, in one frame where it fits.
  package func finish(count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
    let isDone = connection.finishAtOnce(id, count: count) {
      write(UnsafeMutableRawBufferPointer(start: $0, count: count))
    }
    if !isDone { connection.finish(id, .ok, metadata: Metadata(), message: count, write) }
  }

  /// Server: the call's end. A message may go with success alone.
  package func finish(
    _ status: RPCStatus, metadata: Metadata = Metadata(), message count: Int? = nil,
    _ write: (UnsafeMutableRawBufferPointer) -> Void = { _ in }
  ) {
    connection.finish(id, status, metadata: metadata, message: count, write)
  }

  /// Client: nothing follows.
  package func end() { connection.end(id) }

  /// Ends the stream early. Its handler is not told.
  package func reset(_ code: ResetCode) { connection.reset(id, code) }

  /// The application took a message of this many bytes: the peer gets its credit back.
  package func consumed(_ bytes: Int) { connection.consumed(bytes, on: id) }
}

extension Stream: Hashable {
  package static func == (a: Stream, b: Stream) -> Bool {
    a.id == b.id && a.connection === b.connection
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(id)
    hasher.combine(ObjectIdentifier(connection))
  }
}
