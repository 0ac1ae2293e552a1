@_spi(Frames) package import Wire

/// What a connection tells its owner. Called on the connection's loop.
package protocol ConnectionHandler: AnyObject {
  /// TLS stands and our SETTINGS are on their way. A client may open streams.
  func connectionEstablished(_ connection: Connection)
  /// The peer's SETTINGS came.
  func connectionSettled(_ connection: Connection)
  /// Server: a client opened a stream. Head and message are lent, see `ReadBatchHandler`. `message`
  /// is nil when none came or it is not whole yet; `end` says that the client sends nothing more.
  func connection(
    _ connection: Connection, opened stream: Stream, head: OpenHeadView,
    message: UnsafeRawBufferPointer?, end: Bool)
  /// Server: the token for streams opened from here on, lent for the call. Empty: none.
  func connection(_ connection: Connection, credentials token: UnsafeRawBufferPointer)
  /// A GOAWAY came or was sent: no more streams.
  func connectionDraining(_ connection: Connection)
  /// The last call. Every stream's handler was told before.
  func connectionClosed(_ connection: Connection, reason: String)
}

/// Is told when the frames that a turn read, of all connections of a context, have been handed on.
/// Called on the loop, never within a task.
package protocol ReadBatchHandler: AnyObject {
  /// What came with the streams that were opened is lent until this returns, whatever became of
  /// their connections.
  func readBatchEnded()
}

extension ConnectionHandler {
  package func connectionEstablished(_ connection: Connection) {}

  package func connectionSettled(_ connection: Connection) {}

  /// A client's connection has no use for this: a server opens no streams.
  package func connection(
    _ connection: Connection, opened stream: Stream, head: OpenHeadView,
    message: UnsafeRawBufferPointer?, end: Bool
  ) {
    stream.reset(.refused)
  }

  package func connection(_ connection: Connection, credentials token: UnsafeRawBufferPointer) {}

  package func connectionDraining(_ connection: Connection) {}
}
