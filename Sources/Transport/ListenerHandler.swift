package import EventLoop

/// What a listener asks its owner. Called on the listener's loop.
package protocol ListenerHandler: AnyObject {
  /// Who is to be told what happens on a connection that was accepted.
  func listener(
    _ listener: Listener, handlerFor address: SocketAddress
  ) -> any ConnectionHandler
  /// A connection was turned away. `address` is nil where the system could not even accept it.
  func listener(
    _ listener: Listener, refused reason: ConnectionCensus.Refusal, from address: SocketAddress?)
}
