package import Cryptography
package import EventLoop

/// A connection or a listener could not be made.
package enum TransportError: Error, Sendable, CustomStringConvertible {
  case loop(EventLoopError)
  case tls(TLSError)

  package var description: String {
    switch self {
    case .loop(let error): error.description
    case .tls(let error): error.description
    }
  }
}
