import EventLoop
import Cryptography
@_spi(Frames) import Wire

extension Connection {
  /// How a filling of the read buffer ended.
  private enum Filling {
    /// The socket has no more for now.
    case drained
    /// The buffer is full, or this filling's share of records is taken; there is more.
    case full
    case ended(reason: String)
  }

  /// Reads and handles what is there, up to this connection's share of a turn.
  func readAvailable() {
    assert(loop.isCurrent, "off the loop")
    guard !isOverrun else { return }
    lastReadNanoseconds = loop.nanoseconds
    context.beginBatch()
    if warmIndex == nil { context.warm.add(self) }
    for _ in 0..<limits.readsPerTurn {
      let (bytes, filling) = fill()
      handle(bytes)
      checkPostHandshake()
      guard state.phase == .open, !isOverrun else { return }
      switch filling {
      case .drained: return
      case .full: break
      case .ended(let reason): return terminate(peerReason ?? reason)
      }
    }
    continueReadingLater()
  }

  /// TLS may hold bytes that no readiness event tells of: goes on in the next turn.
  func continueReadingLater() {
    guard !willContinueReading else { return }
    willContinueReading = true
    loop.execute { [self] in
      willContinueReading = false
      if state.phase == .open, !isReadPaused { readAvailable() }
    }
  }

  /// Fills the loop's buffer, behind what was left over.
  private func fill() -> (UnsafeRawBufferPointer, Filling) {
    let buffer = context.takeReadBuffer()
    var count = leftover.count
    leftover.withUnsafeBytes { buffer.copyMemory(from: $0) }
    var filling = Filling.full
    var records = limits.recordsPerFilling
    loop: while buffer.count - count >= WireLimits.frameBytes, records > 0 {
      records &-= 1
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
      switch session.read(into: room) {
      case .complete(let bytes):
        count += bytes
        // A short read that left nothing behind emptied the socket: saves the read that says so.
        if bytes < WireLimits.frameBytes / 2, !session.hasPending {
          filling = .drained
          break loop
        }
      case .wantRead, .wantWrite:
        filling = .drained
        break loop
      case .closed:
        filling = .ended(reason: "closed by the peer")
        break loop
      case .failed(let error):
        filling = .ended(reason: error.description)
        break loop
      }
    }
    return (UnsafeRawBufferPointer(rebasing: buffer[..<count]), filling)
  }

  /// Messages of TLS itself cost as much as records, and are none of ours.
  private func checkPostHandshake() {
    let messages = session.takePostHandshakeMessages()
    guard messages > 0, state.phase == .open else { return }
    do throws(ConnectionError) {
      try state.countPostHandshake(messages, now: loop.nanoseconds)
    } catch {
      close(code: error.code, reason: error.reason)
    }
  }

  /// Takes the whole frames off the front and keeps the rest.
  private func handle(_ bytes: UnsafeRawBufferPointer) {
    var offset = 0
    do throws(ConnectionError) {
      while state.phase == .open, !isOverrun {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
        guard let frame = try parse(rest) else { break }
        offset &+= frame.header.frameBytes
        try receive(frame)
      }
    } catch {
      return close(code: error.code, reason: error.reason)
    }
    guard state.phase == .open, !isOverrun else { return }
    keep(UnsafeRawBufferPointer(rebasing: bytes[offset...]), progressed: offset > 0)
  }

  private func parse(_ bytes: UnsafeRawBufferPointer) throws(ConnectionError) -> Frame? {
    do { return try Frame.parse(bytes) } catch { throw ConnectionError(error) }
  }

  private func keep(_ rest: UnsafeRawBufferPointer, progressed: Bool) {
    if rest.isEmpty {
      if !leftover.isEmpty { leftover = [] }
      deadlines.clear(.frame)
      return
    }
    leftover = Array(rest)
    // The clock of a frame runs from its first byte: more bytes of it do not set it back.
    if progressed || !deadlines.isSet(.frame) {
      setDeadline(.frame, after: limits.progressTimeout)
    }
  }
}
