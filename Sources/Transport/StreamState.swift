@_spi(Frames) import Wire

/// Where one stream stands, and what may come next on it. A value: no I/O, no clock.
///
/// A stream that is not in the table is idle (its number was not used yet) or closed.
struct StreamState: Equatable {
  enum Phase: UInt8, CaseIterable {
    /// From OPEN on. Server: -> `remoteEnded` by the client's END, -> `finishing` by the handler's
    /// status, -> `abandoned` by the client's RESET. Client: -> `localEnded` by its own END, ->
    /// closed by STATUS or RESET from either side.
    case open
    /// Server: the client sends nothing more. -> `finishing`, -> `abandoned`.
    case remoteEnded
    /// Client: we send nothing more. -> closed by STATUS, or by RESET from either side.
    case localEnded
    /// Server: the handler has ended; its last messages and the status wait for their turn. ->
    /// closed when they are sent, or by the client's RESET.
    case finishing
    /// Server: over for the client, but the handler still runs and keeps its place. -> closed when
    /// the handler ends.
    case abandoned
  }

  /// What part of a message a DATA frame is.
  enum Piece: Equatable {
    case whole, first, middle, last
    /// END without a message.
    case none
  }

  private(set) var phase = Phase.open
  /// A message from the peer has begun and not ended.
  private(set) var isReceivingMessage = false
  private var emptyFrames: UInt8 = 0
  /// The handler waits for `streamWritable`: to send, to reply in one frame, or in several.
  var waitsToSend = false
  var waitsToReply = false
  var waitsToReplyInParts = false

  /// Whether the application may still send on the stream.
  var maySend: Bool { phase == .open || phase == .remoteEnded }

  /// Whether the handler, on a server, is still to end.
  var holdsHandler: Bool { phase != .finishing }

  /// An OPEN with these flags, on the side that gets it.
  mutating func receiveOpen(_ flags: FrameFlags) {
    isReceivingMessage = flags.has(.more)
    if flags.has(.end) { phase = .remoteEnded }
  }

  /// A DATA frame from the peer.
  mutating func receiveData(
    _ flags: FrameFlags, length: Int, role: ConnectionState.Role, emptyFrameLimit: Int
  ) throws(FrameError) -> Piece {
    guard phase == .open || (phase == .localEnded && role == .client) else {
      throw .malformed("DATA after END")
    }
    let piece = try receivePiece(flags, length: length)
    if piece == .first { emptyFrames = 0 }
    if piece == .first || piece == .middle || piece == .last {
      emptyFrames = length == 0 ? emptyFrames + 1 : 0
      guard emptyFrames <= emptyFrameLimit else { throw .malformed("empty DATA frames in a row") }
    }
    if flags.has(.end) {
      guard role == .server else { throw .malformed("a server ends a stream with STATUS") }
      phase = .remoteEnded
    }
    return piece
  }

  private mutating func receivePiece(
    _ flags: FrameFlags, length: Int
  ) throws(FrameError) -> Piece {
    let more = flags.has(.more)
    if flags.has(.begin) {
      guard !isReceivingMessage else { throw .malformed("a message begins within another") }
      isReceivingMessage = more
      return more ? .first : .whole
    }
    if isReceivingMessage {
      isReceivingMessage = more
      return more ? .middle : .last
    }
    guard flags.has(.end), length == 0 else { throw .malformed("DATA outside a message") }
    return .none
  }

  /// We sent END (client).
  mutating func sendEnd() {
    if phase == .open { phase = .localEnded }
  }

  /// The handler ended (server): what still comes of a message is nobody's. False if it had ended,
  /// or if nobody is left to tell.
  mutating func finish() -> Bool {
    guard phase == .open || phase == .remoteEnded else { return false }
    phase = .finishing
    isReceivingMessage = false
    return true
  }

  /// The peer is done with the stream while its handler runs (server).
  mutating func abandon() {
    phase = .abandoned
    isReceivingMessage = false
  }
}
