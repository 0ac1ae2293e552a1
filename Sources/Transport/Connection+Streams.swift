import EventLoop
import DequeModule
@_spi(Frames) import Wire

extension Connection {
  /// Takes a stream out of the table with all that waits for it.
  @discardableResult
  func remove(_ id: UInt32) -> StreamRecord? {
    guard let slot = streams.find(id) else { return nil }
    drop(slot)
    // A drain may end with this stream.
    if state.isDraining { scheduleFlush() }
    return streams.remove(at: slot)
  }

  /// Frees what a stream holds beside its place: credit, parts, queues.
  func drop(_ slot: UnsafeMutablePointer<StreamRecord>) {
    guard let flow = slot.pointee.flow else { return }
    if slot.pointee.state.isReceivingMessage { endParts() }
    if let head = flow.queue.first, head.hasBegun { endOwnParts() }
    queuedBytes -= flow.queuedBytes
    if flow.isInLine { leaveLine(slot.pointee.id) }
    if flow.unreturnedBytes > 0 { giveBack(flow.unreturnedBytes) }
    slot.pointee.flow = nil
  }

  /// The part of a stream that only streaming needs, made when it is first asked for.
  func flow(of slot: UnsafeMutablePointer<StreamRecord>) -> StreamFlow {
    if let flow = slot.pointee.flow { return flow }
    let flow = StreamFlow(
      sendBytes: state.peerSettings.streamCreditBytes,
      receiveBytes: context.settings.streamCreditBytes)
    slot.pointee.flow = flow
    return flow
  }

  func handler(of id: UInt32) -> (any StreamHandler)? { streams.find(id)?.pointee.handler }

  /// Calls `body` with the handler of each stream that has one. It opens and ends no stream.
  package func forEachHandler(_ body: (any StreamHandler) -> Void) {
    for id in streams.ids {
      if let handler = handler(of: id) { body(handler) }
    }
  }

  /// Makes `handler` the one who is told what happens on a stream. Held until the stream is over.
  package func setHandler(_ handler: consuming (any StreamHandler)?, of id: UInt32) {
    assert(loop.isCurrent, "off the loop")
    guard let slot = streams.find(id), slot.pointee.state.phase != .abandoned else { return }
    slot.pointee.handler = handler
  }

  func isOpen(_ id: UInt32) -> Bool {
    state.phase == .open && streams.find(id)?.pointee.state.maySend ?? false
  }

  func peerHasEnded(_ id: UInt32) -> Bool {
    streams.find(id)?.pointee.state.phase == .remoteEnded
  }

  func isWritable(_ id: UInt32) -> Bool {
    guard let slot = streams.find(id), slot.pointee.state.maySend else { return true }
    guard !hasRoomToSend(slot) else { return true }
    slot.pointee.state.waitsToSend = true
    waitForRoom(slot)
    return false
  }

  func mayReply(_ id: UInt32, bytes: Int) -> Bool {
    guard let slot = streams.find(id), slot.pointee.state.maySend else { return true }
    let isInParts = bytes > WireLimits.payloadBytes
    guard !(isInParts ? hasRoomToReplyInParts : hasRoomToReply) else { return true }
    if isInParts {
      slot.pointee.state.waitsToReplyInParts = true
    } else {
      slot.pointee.state.waitsToReply = true
    }
    waitForRoom(slot)
    return false
  }

  private func hasRoomToSend(_ slot: UnsafeMutablePointer<StreamRecord>) -> Bool {
    (slot.pointee.flow?.queuedBytes ?? 0) < limits.streamQueueBytes
      && output.count + queuedBytes < limits.outboundBytes
  }

  /// A reply in one frame goes into the output: what waits in the line does not hold it up.
  private var hasRoomToReply: Bool { output.count < limits.outboundBytes }

  /// One in several stands in the line. What others wait to send counts only while it is not for
  /// want of their peers' credit.
  private var hasRoomToReplyInParts: Bool {
    guard hasRoomToReply else { return false }
    return ready.isEmpty || output.count + queuedBytes < limits.outboundBytes
  }

  private func waitForRoom(_ slot: UnsafeMutablePointer<StreamRecord>) {
    let id = slot.pointee.id
    if !waitingHandlers.contains(id) { waitingHandlers.append(id) }
  }

  /// Tells the handlers that wait and for which there is room now.
  func tellWaitingHandlers() {
    for _ in 0..<waitingHandlers.count {
      guard let id = waitingHandlers.popFirst() else { return }
      guard let slot = streams.find(id) else { continue }
      let streamState = slot.pointee.state
      let hasRoom =
        (streamState.waitsToSend && hasRoomToSend(slot))
        || (streamState.waitsToReply && hasRoomToReply)
        || (streamState.waitsToReplyInParts && hasRoomToReplyInParts)
      guard hasRoom else {
        waitingHandlers.append(id)
        continue
      }
      slot.pointee.state.waitsToSend = false
      slot.pointee.state.waitsToReply = false
      slot.pointee.state.waitsToReplyInParts = false
      slot.pointee.handler?.streamWritable(Stream(connection: self, id: id))
    }
  }
}
