@_spi(Frames) import Wire

extension NegativeCase {
  /// Answers one call and ends the connection behind it; later ones serve.
  static let goAwayAfterFirst: RawServer.Script = { connection, number throws in
    try connection.send(.settings())
    if number == 0 {
      let call = try connection.receiveCall()
      try connection.answerLarge(call)
      try connection.send(.goAway(last: call.stream))
    } else {
      try serveLarge(connection)
    }
    connection.finish()
  }

  /// Refuses the first call by a GOAWAY below it; later connections serve.
  static let goAwayThatRefuses: RawServer.Script = { connection, number throws in
    try connection.send(.settings())
    if number == 0 {
      _ = try connection.receiveCall()
      try connection.send(.goAway(last: 0))
    } else {
      try serveLarge(connection)
    }
    connection.finish()
  }

  /// Resets each call at its OPEN, while its message still comes.
  static let resetAfterHeader: RawServer.Script = { connection, _ throws in
    try connection.send(.settings())
    while let frame = try? connection.receive() {
      if frame.type == .open { try connection.send(.reset(frame.stream, .internalError)) }
    }
    connection.close()
  }

  /// Resets each call after half of its response.
  static let resetDuringData: RawServer.Script = { connection, _ throws in
    try connection.send(.settings())
    let call = try connection.receiveCall()
    let response = RawFrame.message(RawConnection.largeResponse, on: call.stream)
    try connection.send(
      response.prefix(response.count / 2) + [.reset(call.stream, .internalError)])
    connection.finish()
  }

  /// Resets each call after its response, in the place of the status.
  static let resetAfterData: RawServer.Script = { connection, _ throws in
    try connection.send(.settings())
    for _ in 0..<2 {
      let call = try connection.receiveCall()
      try connection.send(RawFrame.message(RawConnection.largeResponse, on: call.stream))
      try connection.send(.reset(call.stream, .internalError))
    }
    connection.finish()
  }

  /// Sends a PING in every place where one may stand, and wants the PONGs in that order. One of
  /// them comes a byte at a time.
  static let pingEverywhere: RawServer.Script = { connection, _ throws in
    var sent: [[UInt8]] = []
    func ping() throws {
      let ping = RawFrame.ping(UInt8(sent.count))
      sent.append(ping.payload)
      if sent.count == 2 { try connection.sendByteByByte(ping) } else { try connection.send(ping) }
    }
    func awaitAnswers() throws {
      while connection.pongs.count < sent.count {
        _ = try connection.receive("PONG") { $0.type == .pong }
      }
    }
    try connection.send(.settings())
    try ping()
    for _ in 0..<3 {
      let call = try connection.receiveCall()
      try ping()
      for part in RawFrame.message(RawConnection.largeResponse, on: call.stream) {
        try connection.send(part)
        try ping()
      }
      try awaitAnswers()
      try connection.send(.success(call.stream))
    }
    guard connection.pongs == sent else {
      throw RawConnection.Failed(description: "PONGs \(connection.pongs) for \(sent)")
    }
    connection.finish()
  }

  /// Allows one stream, and fails when a client that has heard so opens a second.
  static let oneStreamAtATime: RawServer.Script = { connection, _ throws in
    try connection.send(.settings(streams: 1), .ping(0))
    // What came before the PONG was sent without knowing: all but the first is refused.
    var waiting: [UInt32] = []
    var hasHeard = false
    while let frame = try? connection.receive() {
      if frame.type == .pong, !hasHeard { hasHeard = true }
      if frame.type == .open { waiting.append(frame.stream) }
      while waiting.count > 1 {
        guard !hasHeard else {
          throw RawConnection.Failed(description: "streams \(waiting) at a time")
        }
        try connection.send(.reset(waiting.removeLast(), .refused))
      }
      guard hasHeard, let stream = waiting.first else { continue }
      // A round trip, so that a second OPEN would be seen.
      try connection.send(.ping(1))
      while let next = try connection.receive(), next.type != .pong {
        if next.type == .open {
          throw RawConnection.Failed(description: "stream \(next.stream) beside \(stream)")
        }
      }
      waiting = []
      try connection.send(.success(stream, message: []))
    }
    connection.close()
  }

  private static func serveLarge(_ connection: RawConnection) throws {
    while let frame = try? connection.receive() {
      guard frame.type == .open else { continue }
      try connection.answerLarge(try connection.receiveCall(beganBy: frame))
    }
  }
}
