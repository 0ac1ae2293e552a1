/// What a TLS call came to.
package enum TLSOutcome: Sendable, Equatable {
  /// Done; for reading and writing the number of bytes.
  case complete(Int)
  /// The socket must be readable first.
  case wantRead
  /// The socket must be writable first.
  case wantWrite
  /// The peer ended the session in order.
  case closed
  /// The session is over and nothing more may be done with it.
  case failed(TLSError)
}
