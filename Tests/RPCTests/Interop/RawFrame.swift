@_spi(Frames) import Wire

/// One frame as it travels, for tests that speak byte by byte.
struct RawFrame: Sendable, Equatable {
  let type: FrameType?
  var flags: FrameFlags = []
  var stream: UInt32 = 0
  var payload: [UInt8] = []

  /// Header and payload.
  var bytes: [UInt8] {
    guard let type else { return [] }
    var bytes = [UInt8](repeating: 0, count: WireLimits.headerBytes)
    bytes.withUnsafeMutableBytes {
      FrameHeader(type, flags: flags, stream: stream, length: payload.count)
        .write(to: $0.baseAddress!)
    }
    return bytes + payload
  }

  // MARK: Both sides

  /// Says that much more than the floor: tests of other things need not return credit.
  static func settings(
    streams: Int = 256, credit: Int = 64 << 20, pingInterval: Duration = .zero
  ) -> RawFrame {
    var settings = Settings()
    settings.streams = streams
    settings.messageBytes = 8 << 20
    settings.streamCreditBytes = credit
    settings.connectionCreditBytes = credit
    settings.pingIntervalMilliseconds = Int(pingInterval / .milliseconds(1))
    var payload = [UInt8](repeating: 0, count: Settings.encodedBytes)
    payload.withUnsafeMutableBytes {
      var sink = ByteSink($0)
      settings.write(to: &sink)
    }
    return RawFrame(type: .settings, payload: payload)
  }

  static func ping(_ number: UInt8) -> RawFrame {
    RawFrame(type: .ping, payload: [0, 0, 0, 0, 0, 0, 0, number])
  }

  static func reset(_ stream: UInt32, _ code: ResetCode) -> RawFrame {
    RawFrame(type: .reset, stream: stream, payload: bigEndian(code.rawValue))
  }

  static func data(_ stream: UInt32, _ flags: FrameFlags, _ bytes: [UInt8] = []) -> RawFrame {
    RawFrame(type: .data, flags: flags, stream: stream, payload: bytes)
  }

  static func window(_ stream: UInt32, _ bytes: UInt32) -> RawFrame {
    RawFrame(type: .window, stream: stream, payload: bigEndian(bytes))
  }

  /// A header with whatever stands in it, right or wrong.
  static func header(
    _ type: UInt8, flags: UInt16 = 0, stream: UInt32 = 0, length: Int = 0
  ) -> [UInt8] {
    let first = UInt32(truncatingIfNeeded: length) << 8 | UInt32(type)
    return bigEndian(first) + bigEndian(UInt32(flags) << 16) + bigEndian(stream)
  }

  /// A whole message of a stream, cut into frames of `partBytes`.
  static func message(
    _ message: [UInt8], on stream: UInt32, partBytes: Int = WireLimits.payloadBytes
  ) -> [RawFrame] {
    let starts = message.isEmpty ? [0] : Array(stride(from: 0, to: message.count, by: partBytes))
    return starts.map { start in
      let end = min(start + partBytes, message.count)
      var flags: FrameFlags = start == 0 ? .begin : []
      if end < message.count { flags.insert(.more) }
      return RawFrame(
        type: .data, flags: flags, stream: stream, payload: Array(message[start..<end]))
    }
  }

  // MARK: A client's

  /// - Parameter timeoutMicroseconds: what is left for the call; 0: no deadline.
  static func open(
    _ method: String, stream: UInt32, _ flags: FrameFlags = [.begin, .end],
    timeoutMicroseconds: UInt32 = 0, message: [UInt8] = []
  ) -> RawFrame {
    let head = [0, 0, 0, 0] + bigEndian(timeoutMicroseconds) + [0, UInt8(method.utf8.count), 0, 0]
    return RawFrame(
      type: .open, flags: flags, stream: stream, payload: head + Array(method.utf8) + message)
  }

  // MARK: A server's

  /// Success, with a message or without.
  static func success(_ stream: UInt32, message: [UInt8]? = nil) -> RawFrame {
    RawFrame(
      type: .status, flags: message == nil ? [] : .begin, stream: stream,
      payload: [UInt8](repeating: 0, count: 8) + (message ?? []))
  }

  /// STATUS of stream 1, with whatever stands in its head.
  static func status(_ head: [UInt8]) -> RawFrame {
    RawFrame(type: .status, stream: 1, payload: head)
  }

  static func goAway(last: UInt32, code: CloseCode = .noError) -> RawFrame {
    RawFrame(type: .goaway, payload: bigEndian(last) + bigEndian(code.rawValue))
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - $0 * 8)) }
  }
}
