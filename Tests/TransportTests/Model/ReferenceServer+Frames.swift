/// The rules of docs/protocol.md for each frame.
extension ReferenceServer {
  private static let protocolError: Set<UInt32> = [1]

  /// One whole frame from the client.
  mutating func receive(_ frame: RawFrame) {
    guard !isOver else { return }
    if let codes = Self.judge(frame) { return end(codes) }
    guard (1...10).contains(frame.type) else {
      // Ignorable: skipped, but not before SETTINGS.
      if !isSettled { end(Self.protocolError) }
      return
    }
    guard isSettled == (frame.type != 1), frame.type != 4 else { return end(Self.protocolError) }
    switch frame.type {
    case 1: receiveSettings(frame.payload)
    case 2: receiveOpen(frame)
    case 3: receiveData(frame)
    case 5: receiveWindow(frame)
    case 6: receiveReset(frame)
    case 7: countPing(frame.payload)
    case 8: if Bytes.number(frame.payload) == 1 { finishRoundTrip() }
    case 9: receiveGoaway(frame.payload)
    default: tell(.credentials(Blob(frame.payload)))
    }
  }

  /// Section 2: what a header alone may get wrong. The answer is a set of codes, nil: nothing.
  static func judge(_ frame: RawFrame) -> Set<UInt32>? {
    // Its length is what a receiver must know first.
    if frame.length > 16_372 { return [2] }
    let isKnown = (1...10).contains(frame.type)
    let isConnection = frame.stream == 0
    var isWrong = frame.reserved != 0 || frame.stream > Self.lastStream
    isWrong = isWrong || !isKnown && !frame.has(RawFrame.ignorable)
    guard isKnown, !isWrong else { return isWrong ? Self.protocolError : nil }
    let lengths: [ClosedRange<Int>] = [
      0...384, 12...16_372, 0...16_372, 8...16_372, 4...4, 4...4, 8...8, 8...8, 8...520, 0...8_192,
    ]
    let flags: UInt16 = frame.type == 2 || frame.type == 3 ? 7 : frame.type == 4 ? 4 : 0
    isWrong = !lengths[Int(frame.type) - 1].contains(frame.length)
    isWrong = isWrong || frame.flags & ~(flags | RawFrame.ignorable) != 0
    isWrong = isWrong || !isConnection && frame.stream % 2 == 0
    switch frame.type {
    case 1, 7, 8, 9, 10: isWrong = isWrong || !isConnection
    case 2, 3, 4, 6: isWrong = isWrong || isConnection
    default: break
    }
    if frame.has(RawFrame.more) {
      isWrong = isWrong || frame.has(RawFrame.end)
      isWrong = isWrong || frame.type == 2 && !frame.has(RawFrame.begin)
    }
    return isWrong ? Self.protocolError : nil
  }

  private mutating func receiveSettings(_ payload: [UInt8]) {
    guard payload.count % 6 == 0 else { return end(Self.protocolError) }
    var credit = (stream: 65_536, connection: 65_536)
    for offset in stride(from: 0, to: payload.count, by: 6) {
      let id = Bytes.number(payload[offset..<(offset + 2)])
      let value = Int(Bytes.number(payload[(offset + 2)..<(offset + 6)]))
      if [2, 4, 5].contains(id), !(65_536...Self.mostCredit).contains(value) {
        return end(Self.protocolError)
      }
      if id == 4 { credit.stream = value }
      if id == 5 { credit.connection = value }
    }
    settle(streamCredit: credit.stream, connectionCredit: credit.connection)
  }

  private mutating func receiveOpen(_ frame: RawFrame) {
    let id = frame.stream
    guard let head = ReferenceHead(frame.payload), frame.has(RawFrame.begin) || head.rest.isEmpty,
      id > highest
    else { return end(Self.protocolError) }
    highest = id
    let isInParts = frame.has(RawFrame.more)
    let cost = isInParts ? head.rest.count + 64 : 0
    if isInParts, !charge(head.rest.count, begins: true) { return end([3]) }
    let isLate = id > goawaySent ?? .max
    if isLate || streams.count >= bounds.streams {
      answer(.reset(stream: id, code: 2))
      giveBack(cost)
      if !isLate { countFault() }
      return
    }
    if head.metadataBytes > bounds.metadataBytes {
      answer(.status(stream: id, code: 8, message: nil))
      giveBack(cost)
      return countFault()
    }
    var stream = ReferenceStream(
      id: id, method: head.method, receiveCredit: bounds.streamCredit - cost,
      sendCredit: peerStreamCredit)
    stream.hasEnded = frame.has(RawFrame.end)
    stream.unreturned = cost
    if isInParts {
      guard messagesInParts < 4 else { return end(Self.protocolError) }
      stream.partial = head.rest
    }
    streams[id] = stream
    let message = frame.has(RawFrame.begin) && !isInParts ? head.rest : nil
    tell(
      .opened(
        id, method: head.method, microseconds: head.microseconds, metadata: head.metadata,
        message: message.map { Blob($0) }, end: stream.hasEnded))
    open(id, message, end: stream.hasEnded)
  }

  var messagesInParts: Int { streams.values.count { $0.partial != nil } }

  private mutating func receiveData(_ frame: RawFrame) {
    let id = frame.stream
    let begins = frame.has(RawFrame.begin)
    let cost = frame.payload.count + (begins ? 64 : 0)
    var codes: Set<UInt32> = charge(frame.payload.count, begins: begins) ? [] : [3]
    if id > highest { codes.insert(1) }
    guard let stream = streams[id], stream.stand == .open else {
      return codes.isEmpty ? giveBack(cost) : end(codes)
    }
    if begins, stream.receiveCredit <= 0 { codes.insert(3) }
    if breaksGrammar(frame, stream) { codes.insert(1) }
    guard codes.isEmpty else { return end(codes) }
    streams[id]?.receiveCredit -= cost
    streams[id]?.unreturned += cost
    if frame.has(RawFrame.end) { streams[id]?.hasEnded = true }
    if begins || stream.partial != nil { receivePart(frame, stream) }
    if !isOver, frame.has(RawFrame.end), streams[id]?.stand == .open { deliverEnd(to: id) }
  }

  private func breaksGrammar(_ frame: RawFrame, _ stream: ReferenceStream) -> Bool {
    if stream.hasEnded { return true }
    guard frame.has(RawFrame.begin) else {
      guard stream.partial != nil else {
        return !frame.has(RawFrame.end) || !frame.payload.isEmpty
      }
      return frame.payload.isEmpty && stream.emptyFrames == 1
    }
    return stream.partial != nil || frame.has(RawFrame.more) && messagesInParts == 4
  }

  private mutating func receivePart(_ frame: RawFrame, _ stream: ReferenceStream) {
    let id = frame.stream
    let message = (stream.partial ?? []) + frame.payload
    let isWhole = !frame.has(RawFrame.more)
    streams[id]?.emptyFrames = frame.payload.isEmpty ? 1 : 0
    streams[id]?.partial = isWhole ? nil : message
    if message.count > bounds.messageBytes {
      answer(.status(stream: id, code: 8, message: nil))
      abandon(id, code: 4)
      return countFault()
    }
    if isWhole {
      streams[id]?.emptyFrames = 0
      deliver(message, to: id)
    }
  }

  private mutating func receiveWindow(_ frame: RawFrame) {
    let bytes = Int(Bytes.number(frame.payload))
    guard (1...Self.mostCredit).contains(bytes), frame.stream <= highest else {
      return end(Self.protocolError)
    }
    if frame.stream == 0 {
      if !grantConnection(bytes) { end(Self.protocolError) }
      return
    }
    guard let stream = streams[frame.stream], stream.stand != .abandoned else { return }
    guard stream.sendCredit + bytes <= Self.mostCredit else { return end(Self.protocolError) }
    streams[frame.stream]?.sendCredit += bytes
    if !stream.queue.isEmpty { wantTurn() }
  }

  private mutating func receiveReset(_ frame: RawFrame) {
    let code = UInt32(Bytes.number(frame.payload))
    guard code != .max, frame.stream <= highest else { return end(Self.protocolError) }
    guard let stream = streams[frame.stream] else { return }
    switch stream.stand {
    case .open: abandon(frame.stream, code: code)
    case .answered: close(frame.stream)
    case .abandoned: break
    }
    countFault()
  }

  private mutating func receiveGoaway(_ payload: [UInt8]) {
    let last = UInt32(Bytes.number(payload[0..<4]))
    guard last <= min(goawayReceived ?? .max, Self.lastStream) else {
      return end(Self.protocolError)
    }
    goawayReceived = last
    tellDraining()
    wantTurn()
  }
}
