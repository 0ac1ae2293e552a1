import DequeModule
import Cryptography
import EventLoop
@_spi(Frames) import Wire

/// Whose turn it is to send: streams with something to say stand in line and send a frame each,
/// so that a large message delays a small one by a record and no more.
extension Connection: TurnEndHandler {
  /// Asks for a flush at the end of this turn.
  func scheduleFlush() {
    guard !isFlushScheduled, state.phase == .open || state.phase == .closing else { return }
    isFlushScheduled = true
    loop.atTurnEnd(.transport, self)
  }

  /// Called by the loop.
  package func turnEnded() {
    isFlushScheduled = false
    guard state.phase == .open || state.phase == .closing else { return }
    guard !isOverrun else { return terminateOverrun() }
    flush()
    guard state.phase == .open else {
      if state.phase == .closing, unsentBytes == 0 { finishSending() }
      return
    }
    if !waitingHandlers.isEmpty { tellWaitingHandlers() }
    closeIfDrained()
  }

  /// Writes until nothing is left, the socket is full, or this connection's share of the turn is
  /// used.
  func flush() {
    var records = limits.recordsPerTurn
    var isKept = false
    while !isWriteBlocked {
      if unsentBytes == 0 {
        if state.phase == .open { fillRecord() }
        if unsentBytes == 0 { break }
      }
      guard records > 0 else {
        scheduleFlush()
        break
      }
      records -= 1
      // Records that leave together are joined by the kernel: fewer packets, fewer wake-ups.
      let moreFollows =
        records > 0 && state.phase == .open
        && (!ready.isEmpty || output.count > WireLimits.frameBytes)
      guard writeOnce(moreFollows: moreFollows) else { break }
      isKept = moreFollows
    }
    guard state.phase < .closed else { return }
    // What was to follow has no credit, or waits for the socket.
    if isKept { Socket.sendNow(descriptor) }
    if unsentBytes == 0 { releaseOutput() }
    updateReading()
    if state.phase == .open { updateInterest() }
  }

  /// Bytes that wait for the socket.
  var unsentBytes: Int { output.count + (framePart?.bytes.count ?? 0) }

  /// Writes a record of what waits. False: not now.
  private func writeOnce(moreFollows: Bool) -> Bool {
    switch session.write(framePart?.bytes ?? output.bytes, moreFollows: moreFollows) {
    case .complete(let bytes):
      written(bytes)
      firstUnsentStream = state.nextStream
      if deadlines.isSet(.write) { setDeadline(.write, after: limits.writeTimeout) }
      return true
    case .wantWrite:
      isWriteBlocked = true
      firstUnsentStream = state.nextStream
      if !deadlines.isSet(.write) { setDeadline(.write, after: limits.writeTimeout) }
      if state.phase == .closing { setInterest([.read, .write]) }
      return false
    case .wantRead:
      // A later readiness to read flushes again.
      firstUnsentStream = state.nextStream
      return false
    case .closed:
      terminate(peerReason ?? "closed by the peer")
      return false
    case .failed(let error):
      terminate(peerReason ?? error.description)
      return false
    }
  }

  private func written(_ bytes: Int) {
    guard let part = framePart else { return output.consume(bytes) }
    // A record is taken whole, and a frame fits one, unless the peer asked for small records (TLS's
    // max_fragment_length).
    guard bytes == part.bytes.count else {
      framePart?.bytes = UnsafeRawBufferPointer(rebasing: part.bytes[bytes...])
      return
    }
    framePart = nil
    if part.isLast { context.returnMessage(part.buffer) }
  }

  private func releaseOutput() {
    deadlines.clear(.write)
    if let buffer = output.release() { context.returnBuffer(buffer) }
  }

  /// A server stops reading from a peer that does not read: its requests would pile up as replies.
  /// Only a server does, so that two ends never wait for each other.
  private func updateReading() {
    guard state.role == .server, state.phase == .open else { return }
    if !isReadPaused, output.count >= limits.outboundBytes {
      isReadPaused = true
    } else if isReadPaused, output.count <= limits.outboundBytes / 2 {
      isReadPaused = false
      readResumedNanoseconds = loop.nanoseconds
      continueReadingLater()
    }
  }

  // MARK: The line

  /// Appends a message to a stream's queue.
  func enqueueMessage(
    _ slot: UnsafeMutablePointer<StreamRecord>, count: Int, end: Bool,
    _ write: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    // Before `write`, which is the caller's code.
    let (id, flow) = (slot.pointee.id, flow(of: slot))
    let buffer = context.takeMessage(count)
    buffer.fill(count, write)
    flow.queue.append(OutboundItem(kind: .message(end: end), buffer: buffer))
    flow.queuedBytes += count
    queuedBytes += count
    joinLine(id, flow)
  }

  /// Puts a stream in line if it has something to send and stands in none.
  func joinLine(_ id: UInt32, _ flow: StreamFlow) {
    guard !flow.queue.isEmpty, !flow.isInLine else { return }
    flow.isInLine = true
    ready.append(id)
    scheduleFlush()
  }

  /// Takes a stream that ends out of whichever line it stands in.
  func leaveLine(_ id: UInt32) {
    ready.removeAll { $0 == id }
    waitingForCredit.removeAll { $0 == id }
    waitingForParts.removeAll { $0 == id }
  }

  /// The connection has credit again.
  func releaseWaitingForCredit() {
    guard sendWindow.mayBegin, !waitingForCredit.isEmpty else { return }
    ready.append(contentsOf: waitingForCredit)
    waitingForCredit.removeAll()
    scheduleFlush()
  }

  /// A message of ours in parts has ended, or its stream has.
  func endOwnParts() {
    messagesInParts -= 1
    guard let id = waitingForParts.popFirst() else { return }
    ready.append(id)
    scheduleFlush()
  }

  /// Moves frames of the streams in line into the empty output, a record's worth at most.
  private func fillRecord() {
    while framePart == nil, let id = ready.popFirst() {
      guard let slot = streams.find(id), let flow = slot.pointee.flow, !flow.queue.isEmpty else {
        continue
      }
      flow.isInLine = false
      let room = WireLimits.frameBytes - output.count
      guard output.count == 0 || nextFrameBytes(flow) <= room else {
        // It goes first in the next record.
        flow.isInLine = true
        ready.prepend(id)
        return
      }
      switch flow.queue[0].kind {
      case .frame: sendQueuedFrame(slot, flow)
      case .message(let end): sendPart(id, flow, end: end)
      }
    }
  }

  private func nextFrameBytes(_ flow: StreamFlow) -> Int {
    let item = flow.queue[0]
    switch item.kind {
    case .frame: return item.buffer.count
    case .message:
      return WireLimits.headerBytes + min(item.buffer.count - item.offset, WireLimits.payloadBytes)
    }
  }

  private func sendQueuedFrame(_ slot: UnsafeMutablePointer<StreamRecord>, _ flow: StreamFlow) {
    let id = slot.pointee.id
    guard let item = flow.queue.popFirst() else { return }
    if !output.hasStorage { output.adopt(owning: context.takeBuffer()) }
    let room = UnsafeMutableRawBufferPointer(
      start: output.reserve(item.buffer.count), count: item.buffer.count)
    room.copyMemory(from: item.buffer.bytes)
    output.commit(item.buffer.count)
    // After a status nothing follows; after END the stream goes on the other way.
    if slot.pointee.state.phase == .finishing, flow.queue.isEmpty {
      remove(id)
    } else {
      joinLine(id, flow)
    }
  }

  private func sendPart(_ id: UInt32, _ flow: StreamFlow, end: Bool) {
    let item = flow.queue[0]
    let left = item.buffer.count - item.offset
    let isInParts = item.buffer.count > WireLimits.payloadBytes
    if item.offset == 0, !mayBegin(id, flow, isInParts: isInParts) { return }
    let begins = item.offset == 0
    let count = min(left, WireLimits.payloadBytes)
    let isLast = count == left
    if begins, isInParts {
      messagesInParts += 1
      flow.queue[0].hasBegun = true
    }
    let cost = SendWindow.cost(bytes: count, begins: begins)
    flow.sendWindow.spend(cost)
    sendWindow.spend(cost)
    var flags: FrameFlags = []
    if begins { flags.insert(.begin) }
    if !isLast { flags.insert(.more) }
    if isLast, end { flags.insert(.end) }
    let header = FrameHeader(.data, flags: flags, stream: id, length: count)
    if count == WireLimits.payloadBytes, output.count == 0 {
      framePart = FramePart(
        buffer: item.buffer, bytes: item.buffer.frame(header, at: item.offset), isLast: isLast)
    } else {
      let frame = reserve(header)
      frame.copyMemory(
        from: UnsafeRawBufferPointer(
          rebasing: item.buffer.bytes[item.offset..<item.offset + count]))
      commit(frame)
    }
    flow.queuedBytes -= count
    queuedBytes -= count
    if isLast {
      flow.queue.removeFirst()
      if framePart == nil { context.returnMessage(item.buffer) }
      if isInParts { endOwnParts() }
    } else {
      flow.queue[0].offset += count
    }
    joinLine(id, flow)
  }

  /// Whether the next message of a stream may begin; if not, the stream waits where it is told
  /// when.
  private func mayBegin(_ id: UInt32, _ flow: StreamFlow, isInParts: Bool) -> Bool {
    // A WINDOW for the stream puts it in line again.
    guard flow.sendWindow.mayBegin else { return false }
    guard sendWindow.mayBegin else {
      flow.isInLine = true
      waitingForCredit.append(id)
      return false
    }
    if isInParts, messagesInParts >= WireLimits.messagesInParts {
      flow.isInLine = true
      waitingForParts.append(id)
      return false
    }
    return true
  }
}
