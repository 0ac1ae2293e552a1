import Messages
@_spi(Frames) import Wire

extension RawConnection {
  /// A call that came whole.
  struct ReceivedCall {
    let stream: UInt32
    let method: String
    let message: [UInt8]
  }

  /// The next call's OPEN and message. Frames of the connection are passed over; those of other
  /// streams must not come.
  func receiveCall() throws -> ReceivedCall {
    try receiveCall(beganBy: try receive("OPEN") { $0.type == .open })
  }

  /// The rest of the call whose OPEN this is.
  func receiveCall(beganBy open: RawFrame) throws -> ReceivedCall {
    let (method, first) = try Self.split(open)
    var message = first
    var flags = open.flags
    while !flags.has(.end) {
      let data = try receive("DATA") { $0.type == .data }
      guard data.stream == open.stream else {
        throw Failed(description: "DATA of stream \(data.stream) within \(open.stream)")
      }
      message += data.payload
      flags = data.flags
    }
    return ReceivedCall(stream: open.stream, method: method, message: message)
  }

  /// The method's name and the bytes of the first message.
  private static func split(_ open: RawFrame) throws -> (method: String, message: [UInt8]) {
    try open.payload.withUnsafeBytes { bytes throws in
      let (head, rest) = try OpenHeadView.parse(bytes)
      return (String(decoding: head.method, as: UTF8.self), Array(rest))
    }
  }

  /// A response to gRPC's large call, in bytes.
  static let largeResponse = SimpleResponse(
    payload: Payload(zeros: Int(InteropCase.largeResponseBytes))
  ).serialized()

  /// Answers a call as a server should that was asked for a large response.
  func answerLarge(_ call: ReceivedCall) throws {
    guard try SimpleRequest(serialized: call.message) == InteropCase.largeRequest else {
      throw Failed(description: "not the request that was sent")
    }
    try send(
      RawFrame.message(Self.largeResponse, on: call.stream) + [.success(call.stream)])
  }
}
