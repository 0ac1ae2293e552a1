import EventLoop
@_spi(Frames) import Wire

extension Connection {
  /// Room for a whole frame: writes the header and returns the payload to fill. `commit` follows at
  /// once, with nothing in between.
  func reserve(_ header: FrameHeader) -> UnsafeMutableRawBufferPointer {
    if !output.hasStorage { output.adopt(owning: context.takeBuffer()) }
    let frame = output.reserve(header.frameBytes)
    header.write(to: frame)
    return UnsafeMutableRawBufferPointer(
      start: frame + WireLimits.headerBytes, count: header.length)
  }

  func commit(_ payload: UnsafeMutableRawBufferPointer) {
    output.commit(WireLimits.headerBytes &+ payload.count)
    scheduleFlush()
  }

  /// Appends a small frame that is an answer to the peer, who may not read: how many wait is
  /// bounded. One too many ends the connection, but not from here: callers hold a stream's place in
  /// the table. Until the turn ends nothing more is read or appended.
  func appendControl(_ bytes: Int, _ write: (UnsafeMutableRawPointer) -> Void) {
    guard state.phase == .open, !isOverrun else { return }
    guard output.controlFrames < limits.queuedControlFrames else {
      isOverrun = true
      return scheduleFlush()
    }
    if !output.hasStorage { output.adopt(owning: context.takeBuffer()) }
    write(output.reserve(bytes))
    output.commitControl(bytes)
    scheduleFlush()
  }

  func appendWindow(stream: UInt32, bytes: Int) {
    // More than a WINDOW may say is never owed: both windows and messages are below it by far.
    let bytes = min(bytes, WireLimits.maximumCreditBytes)
    appendControl(ControlFrames.shortBytes) {
      ControlFrames.writeWindow(stream: stream, bytes: bytes, to: $0)
    }
  }

  func appendReset(_ id: UInt32, _ code: ResetCode) {
    appendControl(ControlFrames.shortBytes) {
      ControlFrames.writeReset(stream: id, code: code, to: $0)
    }
  }

  func appendGoAway(_ goAway: GoAway) {
    appendControl(WireLimits.headerBytes + goAway.encodedBytes) {
      FrameHeader(.goaway, length: goAway.encodedBytes).write(to: $0)
      var sink = ByteSink(
        UnsafeMutableRawBufferPointer(
          start: $0 + WireLimits.headerBytes, count: goAway.encodedBytes))
      goAway.write(to: &sink)
    }
  }

  func sendSettings() {
    let frame = reserve(FrameHeader(.settings, length: Settings.encodedBytes))
    var sink = ByteSink(frame)
    context.settings.write(to: &sink)
    commit(frame)
  }

  func appendStatus(
    _ id: UInt32, _ head: StatusHead, message count: Int? = nil,
    _ write: (UnsafeMutableRawBufferPointer) -> Void = { _ in }
  ) {
    let bytes = WireLimits.headerBytes + head.encodedBytes + (count ?? 0)
    if !output.hasStorage { output.adopt(owning: context.takeBuffer()) }
    let frame = UnsafeMutableRawBufferPointer(start: output.reserve(bytes), count: bytes)
    Self.writeStatus(id, head, message: count, write, to: frame)
    output.commit(bytes)
    scheduleFlush()
  }

  /// A whole STATUS frame.
  static func writeStatus(
    _ id: UInt32, _ head: StatusHead, message count: Int?,
    _ write: (UnsafeMutableRawBufferPointer) -> Void, to frame: UnsafeMutableRawBufferPointer
  ) {
    let headBytes = head.encodedBytes
    let header = FrameHeader(
      .status, flags: count == nil ? [] : .begin, stream: id, length: headBytes + (count ?? 0))
    header.write(to: frame.baseAddress.unsafelyUnwrapped)
    let message = WireLimits.headerBytes + headBytes
    var sink = ByteSink(
      UnsafeMutableRawBufferPointer(rebasing: frame[WireLimits.headerBytes..<message]))
    head.write(to: &sink)
    if count != nil { write(UnsafeMutableRawBufferPointer(rebasing: frame[message...])) }
  }
}
