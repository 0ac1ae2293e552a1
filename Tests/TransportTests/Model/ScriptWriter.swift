import TestSupport

/// Writes random scripts. It looks at the reference server to write mostly what the protocol
/// allows, and now and then something that it forbids.
struct ScriptWriter {
  private(set) var script: Script
  private(set) var random: SeededGenerator
  private var count = 0
  /// What a scripted client announces, so that its credit for the connection is never used up.
  private static let connectionCredit: [Int] = [1 << 30, 0x7fff_ffff]

  init(bounds: ReferenceServer.Bounds, random: SeededGenerator) {
    script = Script(bounds: bounds)
    self.random = random
  }

  /// A whole script of at most `steps` steps.
  static func write(
    _ steps: Int, bounds: ReferenceServer.Bounds, random: SeededGenerator
  ) -> Script {
    var writer = ScriptWriter(bounds: bounds, random: random)
    writer.writeFirst()
    for _ in 0..<steps where !writer.script.reference.isOver { writer.writeNext() }
    // Whatever follows the end changes nothing.
    if writer.script.reference.isOver { writer.writeNext() }
    writer.script.finish()
    return writer.script
  }

  // MARK: Chance

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func pick<C: Collection>(_ choices: C) -> C.Element? {
    choices.randomElement(using: &random)
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

  /// Bytes that no other frame has, of a size that matters.
  mutating func content(_ most: Int = 16_000) -> [UInt8] {
    count += 1
    let sizes = [0, 1, 2, 50, 300, 300, 3_000, most]
    let size = min(pick(sizes) ?? 0, most)
    return Blob.filled(UInt8(truncatingIfNeeded: count), size)
  }

  var server: ReferenceServer { script.reference }

  mutating func send(_ frame: RawFrame) { script.append(frame) }

  // MARK: Steps

  private mutating func writeFirst() {
    guard chance(95) else {
      return send(chance(50) ? RawFrame(7, [UInt8](repeating: 1, count: 8)) : illegalFirst())
    }
    var pairs: [(UInt16, Int)] = [(5, pick(Self.connectionCredit) ?? 1 << 30)]
    if chance(30) { pairs.append((4, number(65_536...200_000))) }
    if chance(30) { pairs.append((UInt16(number(7...60_000)), number(0...9))) }
    if chance(20) { pairs.append((3, number(0...100_000))) }
    if chance(3) { pairs.append((UInt16(pick([2, 4, 5]) ?? 2), pick([0, 65_535, 1 << 31]) ?? 0)) }
    let payload = pairs.shuffled(using: &random).flatMap {
      Bytes.big(UInt64($0.0), 2) + Bytes.big(UInt64($0.1), 4)
    }
    send(RawFrame(1, payload + (chance(2) ? [0] : [])))
  }

  private mutating func illegalFirst() -> RawFrame {
    let frame = illegalFrame()
    // SETTINGS without a pair would be in order here.
    return frame.type == 1 && frame.length == 0 ? RawFrame(10, []) : frame
  }

  /// A server that drains gets its PONG, and its streams their ends.
  private mutating func writeDraining() {
    guard server.isLastGoawaySent else { return send(RawFrame(8, Bytes.big(1, 8))) }
    guard let id = pick(server.live), let stream = server.streams[id] else { return }
    guard stream.stand == .open else { return script.append(.release(id)) }
    send(RawFrame(6, stream: id, Bytes.big(1, 4)))
  }

  private mutating func writeNext() {
    if server.goawaySent != nil, chance(40) { return writeDraining() }
    switch number(0...99) {
    case 0..<22: writeOpen()
    case 22..<58: writeData()
    case 58..<62:
      send(RawFrame(3, UInt16(pick([0, 2, 4, 6, 1, 5]) ?? 0), stream: closed, content()))
    case 62..<69: writeWindow()
    case 69..<73: send(RawFrame(6, stream: someStream, Bytes.big(UInt64(number(0...9)), 4)))
    case 73..<75: send(RawFrame(7, Bytes.big(UInt64(count), 8)))
    case 75..<77: send(RawFrame(8, Bytes.big(UInt64(number(1...2)), 8)))
    case 77: writeGoaway()
    case 78..<81: send(RawFrame(10, content(8_192)))
    case 81..<83:
      send(RawFrame(99, RawFrame.ignorable | UInt16(number(0...7)), stream: 4, content()))
    case 83..<91: writeAction()
    case 91..<94: send(illegalFrame())
    default: writeBurst()
    }
  }

  private mutating func writeOpen() {
    let id = server.highest + UInt32(server.highest == 0 ? 1 : pick([2, 2, 2, 4, 10]) ?? 2)
    let kinds = ["e", "e", "e", "s", "s", "h", "h", "f", "z"]
    let method = (pick(kinds) ?? "e") + "/\(count)"
    var flags = pick([0, RawFrame.end, RawFrame.begin, RawFrame.begin | RawFrame.end]) ?? 0
    if chance(25) { flags = RawFrame.begin | RawFrame.more }
    if chance(5) { flags |= RawFrame.ignorable }
    if flags & RawFrame.more != 0, server.messagesInParts == 4, chance(90) { flags = 0 }
    let mostMetadata = server.bounds.metadataBytes
    let metadata = chance(10) ? number(4...mostMetadata) : chance(5) ? mostMetadata + 1 : 0
    let head = Self.head(method, microseconds: UInt64(number(0...5)), metadataBytes: metadata)
    let message = flags & RawFrame.begin == 0 ? [] : content(16_372 - head.count)
    send(RawFrame(2, flags, stream: id, head + message))
  }

  static func head(_ method: String, microseconds: UInt64, metadataBytes: Int) -> [UInt8] {
    var head = Bytes.big(microseconds, 8) + Bytes.big(UInt64(method.utf8.count), 2)
    head += Bytes.big(UInt64(metadataBytes), 2) + Array(method.utf8)
    guard metadataBytes > 0 else { return head }
    let value = metadataBytes - 4
    head += [1] + Bytes.big(UInt64(value), 2) + [UInt8(ascii: "k")]
    return head + [UInt8](repeating: 65, count: value)
  }

  private mutating func writeData() {
    guard let id = pick(server.live), let stream = server.streams[id] else { return writeOpen() }
    writeData(stream, content())
  }

  /// DATA that the stream's message allows.
  private mutating func writeData(_ stream: ReferenceStream, _ content: [UInt8]) {
    guard !stream.hasEnded || stream.stand != .open else { return }
    if stream.partial != nil {
      let ending = chance(20) ? RawFrame.end : 0
      let flags = chance(50) ? RawFrame.more : ending
      let isEmptyTwice = stream.emptyFrames == 1 && content.isEmpty
      return send(RawFrame(3, flags, stream: stream.id, isEmptyTwice ? [7] : content))
    }
    if chance(10) { return send(RawFrame(3, RawFrame.end, stream: stream.id)) }
    let hasCredit = server.receiveCredit > 0 && stream.receiveCredit > 0
    guard hasCredit || chance(40) else { return writeAction() }
    let isInParts = chance(30) && server.messagesInParts < 4
    let ending = chance(10) ? RawFrame.end : 0
    let rest = isInParts ? RawFrame.more : ending
    send(RawFrame(3, RawFrame.begin | rest, stream: stream.id, content))
  }

  /// Some large frames on one stream: credit runs out, a message grows over its bound.
  private mutating func writeBurst() {
    guard let id = pick(server.live) else { return writeOpen() }
    for _ in 0..<number(2...6) {
      guard !server.isOver, let stream = server.streams[id] else { return }
      count += 1
      writeData(stream, Blob.filled(UInt8(truncatingIfNeeded: count), 16_000))
    }
  }

  private mutating func writeWindow() {
    let stream = chance(20) ? 0 : someStream
    let bytes = chance(90) ? number(1...100_000) : 0x7fff_ffff
    send(RawFrame(5, stream: stream, Bytes.big(UInt64(bytes), 4)))
  }

  private mutating func writeGoaway() {
    let earlier = server.goawayReceived ?? ReferenceServer.lastStream
    let last = chance(80) ? UInt32.random(in: 0...earlier, using: &random) : earlier
    send(RawFrame(9, Bytes.big(UInt64(last), 4) + Bytes.big(0, 4) + content(512)))
  }

  private mutating func writeAction() {
    let holds = server.live.filter { server.streams[$0]?.kind == "h" }
    if chance(6) { return script.append(.drain) }
    guard let id = pick(holds) else { return }
    script.append(chance(50) ? .release(id) : .takeAll(id))
  }

  /// A stream that was opened; one that is not closed more often than not.
  private var someStream: UInt32 {
    mutating get {
      if chance(70), let id = pick(server.live) { return id }
      return closed
    }
  }

  /// A stream that was opened and is over, if there is one.
  private var closed: UInt32 {
    mutating get {
      let highest = max(server.highest, 1)
      let live = server.live
      let ids = stride(from: UInt32(1), through: highest, by: 2).filter { !live.contains($0) }
      return pick(ids) ?? 1
    }
  }
}
