/// Who keeps the books of a server's connections.
protocol ConnectionObserver: AnyObject {
  /// The handshake succeeded.
  func connectionFinishedHandshake(_ connection: Connection)
  /// The descriptor is closed.
  func connectionEnded(_ connection: Connection)
}
