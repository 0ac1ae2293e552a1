@_spi(Frames) import Wire

/// Puts a server's frames together to answers and holds them against the rules for senders.
struct AnswerReader {
  struct Broken: Error, CustomStringConvertible { let description: String }

  private(set) var answers: [Answer] = []
  private var parts: [UInt32: [[UInt8]]] = [:]

  mutating func read(_ frame: Frame) throws {
    let stream = frame.header.stream
    let payload = Array(frame.payload)
    switch frame.header.type {
    case .settings: answers.append(.settings)
    case .pong: answers.append(.pong(payload))
    case .ping: answers.append(.ping)
    case .window: answers.append(.window(stream: stream, bytes: Int(Bytes.number(payload))))
    case .reset: answers.append(.reset(stream: stream, code: UInt32(Bytes.number(payload))))
    case .goaway:
      answers.append(
        .goaway(
          lastStream: UInt32(Bytes.number(payload[0..<4])),
          code: UInt32(Bytes.number(payload[4..<8]))))
    case .status:
      guard parts[stream] == nil else { throw Broken(description: "STATUS within a message") }
      let (head, rest) = try StatusHeadView.parse(frame.payload)
      let hasMessage = frame.header.flags.has(.begin)
      answers.append(
        .status(
          stream: stream, code: head.code.rawValue, message: hasMessage ? Blob(rest) : nil))
    case .data: try readData(frame.header, payload)
    case .open, .credentials, nil: throw Broken(description: "a server sent \(frame.header)")
    }
  }

  private mutating func readData(_ header: FrameHeader, _ payload: [UInt8]) throws {
    guard header.flags.has(.begin) == (parts[header.stream] == nil), !header.flags.has(.end) else {
      throw Broken(description: "DATA with flags \(header.flags.rawValue)")
    }
    let all = (parts[header.stream] ?? []) + [payload]
    guard !header.flags.has(.more) else {
      parts[header.stream] = all
      guard parts.count <= 4 else { throw Broken(description: "five messages in parts") }
      return
    }
    parts[header.stream] = nil
    var message: [UInt8] = []
    for part in all { message += part }
    let isCutForNothing = all.count > 1 && message.count <= 16_372
    guard !isCutForNothing, all.count == 1 || !all.contains([]) else {
      throw Broken(description: "a message of \(message.count) in \(all.count) frames")
    }
    answers.append(.message(stream: header.stream, bytes: Blob(message)))
  }
}
