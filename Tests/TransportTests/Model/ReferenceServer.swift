/// A server of `berth/1` written from docs/protocol.md alone, as plainly as it can be, against
/// which the real one is held. It gets whole frames and says what the handlers are told and what
/// the peer is answered. Its handlers do what `ScriptedServer`'s do.
struct ReferenceServer {
  struct Bounds {
    var streams = 4
    var messageBytes = 65_536
    var metadataBytes = 100
    var streamCredit = 65_536
    var connectionCredit = 100_000
    var faults = 6
    var pings = 6
  }

  static let lastStream: UInt32 = 0x7fff_ffff
  static let mostCredit = 0x7fff_ffff

  let bounds: Bounds
  private(set) var answers: [Answer] = [.settings]
  private(set) var told: [Told] = []
  /// The codes one of which the connection ended with: several where a frame is wrong in several
  /// ways. Empty while it lives.
  private(set) var endCodes: Set<UInt32> = []
  /// What waits is sent at the end of a turn: until then the next frame must not come, so that the
  /// answer does not depend on how the bytes are cut.
  private(set) var wantsTurn = false

  /// The client's credit for the connection was used up: who waits for it in which order is not
  /// modelled.
  private(set) var isBeyondModel = false

  var streams: [UInt32: ReferenceStream] = [:]
  var isSettled = false
  var highest: UInt32 = 0
  var isDraining: Bool { goawaySent != nil || goawayReceived != nil }
  var goawaySent: UInt32?
  var goawayReceived: UInt32?
  private(set) var isLastGoawaySent = false
  private var toldDraining = false
  private var faultsLeft: Int
  private var pingsLeft: Int
  /// What the client may still send over all streams.
  private(set) var receiveCredit: Int
  private var owed = 0
  /// What a client's SETTINGS gave each stream.
  private(set) var peerStreamCredit = 65_536
  private var sendCredit = 65_536

  init(bounds: Bounds) {
    self.bounds = bounds
    faultsLeft = bounds.faults
    pingsLeft = bounds.pings
    receiveCredit = bounds.connectionCredit
  }

  var isOver: Bool { !endCodes.isEmpty }

  /// Streams that are not closed, lowest first.
  var live: [UInt32] { streams.keys.sorted() }

  // MARK: What a frame may set off

  mutating func tell(_ what: Told) { told.append(what) }

  mutating func answer(_ what: Answer) { answers.append(what) }

  /// Ends the connection: GOAWAY, then whoever was not told the end is told.
  mutating func end(_ codes: Set<UInt32>) {
    guard !isOver else { return }
    endCodes = codes
    answer(.goaway(lastStream: min(highest, goawaySent ?? .max), code: codes.min() ?? 0))
    tellEnd()
  }

  /// The peer went away: nobody is left to answer.
  mutating func hangUp() {
    guard !isOver else { return }
    endCodes = [.max]
    tellEnd()
  }

  private mutating func tellEnd() {
    for id in live where streams[id]?.stand == .open { tell(.reset(id, .max)) }
    tell(.closed)
  }

  mutating func countFault() {
    faultsLeft -= 1
    if faultsLeft < 0 { end([4]) }
  }

  mutating func countPing(_ payload: [UInt8]) {
    pingsLeft -= 1
    if pingsLeft < 0 { end([4]) } else { answer(.pong(payload)) }
  }

  mutating func settle(streamCredit: Int, connectionCredit: Int) {
    isSettled = true
    peerStreamCredit = streamCredit
    sendCredit = connectionCredit
    tell(.settled)
  }

  /// A client's WINDOW for the connection; false: above the bound.
  mutating func grantConnection(_ bytes: Int) -> Bool {
    guard sendCredit + bytes <= Self.mostCredit else { return false }
    sendCredit += bytes
    return true
  }

  // MARK: Credit of the client

  /// Whether a message may begin on the connection, and the charge for a frame of it.
  mutating func charge(_ bytes: Int, begins: Bool) -> Bool {
    let mayBegin = !begins || receiveCredit > 0
    receiveCredit -= bytes + (begins ? 64 : 0)
    // Nothing is owed while the client has nothing left.
    if mayBegin, receiveCredit <= 0, owed > 0 { grant() }
    return mayBegin
  }

  /// Whether a server to which the same happened may have given back so much of the connection's
  /// credit. What it gives back in which frame hangs on the order of things within a turn; what it
  /// owes does not.
  func mayHaveGivenBack(_ bytes: Int) -> Bool {
    let given = answers.reduce(0) { $0 + ($1.stream == 0 ? $1.windowBytes : 0) }
    let owed = owed - (bytes - given)
    let left = receiveCredit + (bytes - given)
    return owed == 0 || owed > 0 && (isOver || owed < left)
  }

  private mutating func grant() {
    receiveCredit += owed
    answer(.window(stream: 0, bytes: owed))
    owed = 0
  }

  mutating func giveBack(_ bytes: Int) {
    owed += bytes
    if owed > 0, owed >= receiveCredit { grant() }
  }

  /// The application took a message of a stream.
  mutating func take(_ bytes: Int, from id: UInt32) {
    guard let stream = streams[id], stream.stand != .abandoned else { return }
    let cost = min(bytes + 64, stream.unreturned)
    guard cost > 0 else { return }
    streams[id]?.unreturned -= cost
    giveBack(cost)
    // A stream whose client has ended needs no more.
    guard stream.stand == .open, !stream.hasEnded else { return }
    streams[id]?.owed += cost
    guard let owed = streams[id]?.owed, owed * 2 >= bounds.streamCredit else { return }
    streams[id]?.receiveCredit += owed
    streams[id]?.owed = 0
    answer(.window(stream: id, bytes: owed))
  }

  // MARK: Ends of streams

  /// Closed, with its place: what was not taken goes back to the connection.
  mutating func close(_ id: UInt32) {
    guard let stream = streams.removeValue(forKey: id) else { return }
    if stream.stand != .abandoned { giveBack(stream.unreturned) }
    if isDraining { wantsTurn = true }
  }

  /// Over for the client; the place stays taken until the handler ends.
  mutating func abandon(_ id: UInt32, code: UInt32) {
    guard let stream = streams[id] else { return }
    streams[id]?.stand = .abandoned
    streams[id]?.partial = nil
    streams[id]?.queue = []
    giveBack(stream.unreturned)
    tell(.reset(id, code))
    handlerWasReset(id)
  }

  // MARK: What handlers do

  /// Sends a message, now or when there is credit.
  mutating func send(_ bytes: [UInt8], on id: UInt32) {
    guard let stream = streams[id], stream.stand == .open else { return }
    let isSmall = bytes.count <= 16_372
    guard stream.queue.isEmpty, isSmall, stream.sendCredit > 0 else {
      streams[id]?.queue.append(.message(stream: id, bytes: Blob(bytes)))
      wantsTurn = true
      return
    }
    spend(bytes.count + 64, on: id)
    answer(.message(stream: id, bytes: Blob(bytes)))
  }

  /// Ends the call with a status and, where it is a success, a last message.
  mutating func finish(_ id: UInt32, code: UInt8 = 0, _ message: [UInt8]? = nil) {
    guard let stream = streams[id] else { return }
    if stream.stand == .abandoned { return close(id) }
    guard stream.stand == .open else { return }
    let isInline = (message?.count ?? 0) + 8 <= 16_372
    if let message, !isInline {
      streams[id]?.queue.append(.message(stream: id, bytes: Blob(message)))
    }
    let status = Answer.status(
      stream: id, code: code, message: isInline ? message.map { Blob($0) } : nil)
    if streams[id]?.queue.isEmpty == true {
      answer(status)
      return close(id)
    }
    streams[id]?.queue.append(status)
    streams[id]?.stand = .answered
    wantsTurn = true
  }

  private mutating func spend(_ bytes: Int, on id: UInt32) {
    streams[id]?.sendCredit -= bytes
    sendCredit -= bytes
    if sendCredit <= 0 { isBeyondModel = true }
  }

  mutating func wantTurn() { wantsTurn = true }

  /// The end of a turn: what waited goes as far as there is credit, and a drain may be over.
  mutating func endTurn() {
    wantsTurn = false
    guard !isOver else { return }
    for id in live {
      while let next = streams[id]?.queue.first {
        if case .message(_, let bytes) = next {
          guard streams[id]?.sendCredit ?? 0 > 0 else { break }
          spend(bytes.count + 64, on: id)
        }
        streams[id]?.queue.removeFirst()
        answer(next)
        if streams[id]?.queue.isEmpty == true, streams[id]?.stand == .answered { close(id) }
      }
    }
    wantsTurn = false
    if isLastGoawaySent, streams.isEmpty { end([0]) }
  }

  // MARK: Drain

  mutating func drain() {
    guard !isOver, goawaySent == nil else { return }
    goawaySent = Self.lastStream
    answer(.goaway(lastStream: Self.lastStream, code: 0))
    answer(.ping)
    tellDraining()
    wantsTurn = true
  }

  /// The PONG of the drain is back.
  mutating func finishRoundTrip() {
    guard goawaySent != nil, !isLastGoawaySent else { return }
    isLastGoawaySent = true
    goawaySent = highest
    answer(.goaway(lastStream: highest, code: 0))
    wantsTurn = true
  }

  mutating func tellDraining() {
    guard !toldDraining else { return }
    toldDraining = true
    tell(.draining)
  }
}
