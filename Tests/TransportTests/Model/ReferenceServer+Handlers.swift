/// What the handlers of both servers do, by the first letter of the method:
///
/// - `e`: echoes; a unary call's reply is the request, a stream's END ends it
/// - `s`: takes messages; END ends it with their number
/// - `h`: neither answers nor takes anything until the test says so
/// - `f`: NOT_FOUND at once
/// - `z`: resets the stream at once
extension ReferenceServer {
  mutating func open(_ id: UInt32, _ message: [UInt8]?, end: Bool) {
    guard let stream = streams[id] else { return }
    switch stream.kind {
    case "e":
      if end { return finish(id, message) }
      if let message { send(message, on: id) }
    case "s":
      if message != nil { streams[id]?.echoed += 1 }
      if end { finishCount(id) }
    case "f":
      finish(id, code: 5)
    case "z":
      answer(.reset(stream: id, code: 6))
      close(id)
    default:
      break
    }
  }

  mutating func deliver(_ message: [UInt8], to id: UInt32) {
    guard let stream = streams[id] else { return }
    tell(.message(id, Blob(message)))
    switch stream.kind {
    case "e":
      send(message, on: id)
      take(message.count, from: id)
    case "s":
      streams[id]?.echoed += 1
      take(message.count, from: id)
    default:
      streams[id]?.untaken.append(message.count)
    }
  }

  mutating func deliverEnd(to id: UInt32) {
    guard let stream = streams[id] else { return }
    tell(.ended(id))
    switch stream.kind {
    case "e": finish(id)
    case "s": finishCount(id)
    default: break
    }
  }

  mutating func handlerWasReset(_ id: UInt32) {
    // A `hold` keeps its place until it is released.
    if let stream = streams[id], stream.kind != "h" { close(id) }
  }

  private mutating func finishCount(_ id: UInt32) {
    finish(id, Bytes.big(UInt64(streams[id]?.echoed ?? 0), 4))
  }

  // MARK: What a test has a `hold` do

  mutating func release(_ id: UInt32) {
    guard !isOver else { return }
    finish(id)
  }

  mutating func takeAll(from id: UInt32) {
    guard !isOver, let stream = streams[id] else { return }
    streams[id]?.untaken = []
    for bytes in stream.untaken { take(bytes, from: id) }
  }
}
