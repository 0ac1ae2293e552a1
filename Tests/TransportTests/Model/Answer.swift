/// What a server says to its peer, as far as docs/protocol.md decides it: no words for people, and
/// a message is one thing however it was cut.
enum Answer: Equatable, CustomStringConvertible {
  case settings
  case pong([UInt8])
  case ping
  case window(stream: UInt32, bytes: Int)
  case reset(stream: UInt32, code: UInt32)
  case message(stream: UInt32, bytes: Blob)
  case status(stream: UInt32, code: UInt8, message: Blob?)
  case goaway(lastStream: UInt32, code: UInt32)

  /// The stream it belongs to; 0 is the connection.
  var stream: UInt32 {
    switch self {
    case .settings, .pong, .ping, .goaway: 0
    case .window(let stream, _), .reset(let stream, _), .message(let stream, _),
      .status(let stream, _, _):
      stream
    }
  }

  /// The credit that a WINDOW gives; otherwise zero.
  var windowBytes: Int {
    if case .window(_, let bytes) = self { bytes } else { 0 }
  }

  var description: String {
    switch self {
    case .settings: "SETTINGS"
    case .pong(let bytes): "PONG \(bytes)"
    case .ping: "PING"
    case .window(let stream, let bytes): "WINDOW \(stream) \(bytes)"
    case .reset(let stream, let code): "RESET \(stream) \(code)"
    case .message(let stream, let bytes): "message \(stream) of \(bytes.count)"
    case .status(let stream, let code, let message):
      "STATUS \(stream) \(code) \(message.map { "with \($0.count) bytes" } ?? "alone")"
    case .goaway(let last, let code): "GOAWAY \(last) \(code)"
    }
  }
}
