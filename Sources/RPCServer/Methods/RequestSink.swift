import Wire

/// Where the messages of a call go that come after its OPEN.
protocol RequestSink: AnyObject {
  /// One whole message, lent.
  func receive(_ message: UnsafeRawBufferPointer, of call: ServerCall)
  /// The client sends nothing more.
  func end(of call: ServerCall)
  /// The call is cancelled: whoever waits is told so.
  func fail(_ status: RPCStatus)
}
