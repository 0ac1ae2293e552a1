/// What a server's handlers are told, in order.
enum Told: Equatable, CustomStringConvertible {
  case settled
  case credentials(Blob)
  case opened(
    UInt32, method: String, microseconds: UInt64, metadata: [[UInt8]], message: Blob?, end: Bool)
  case message(UInt32, Blob)
  case ended(UInt32)
  case reset(UInt32, UInt32)
  case draining
  case closed

  var description: String {
    switch self {
    case .settled: "settled"
    case .credentials(let token): "credentials of \(token.count) bytes"
    case .opened(let id, let method, _, let metadata, let message, let end):
      "opened \(id) \(method) \(metadata.count / 2) pairs \(message?.count ?? -1) end \(end)"
    case .message(let id, let bytes): "message \(id) of \(bytes.count)"
    case .ended(let id): "ended \(id)"
    case .reset(let id, let code): "reset \(id) \(code)"
    case .draining: "draining"
    case .closed: "closed"
    }
  }
}
