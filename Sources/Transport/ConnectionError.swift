@_spi(Frames) import Wire

/// The peer did what ends the connection: the code and the reason of the GOAWAY.
struct ConnectionError: Error, Equatable {
  let code: CloseCode
  let reason: String

  init(_ code: CloseCode, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  init(_ error: FrameError) {
    self.init(error.closeCode, error.reason)
  }

  static func violation(_ reason: String) -> ConnectionError {
    ConnectionError(.protocolError, reason)
  }
}
