import DequeModule
import EventLoop
@_spi(Frames) package import Wire

extension Connection {
  /// Client: opens a stream.
  ///
  /// - Parameters:
  ///   - handler: gets one end of the call: `stream(_:status:...)` or `streamReset`.
  ///   - count: bytes of the first message, which `write` fills; nil: none yet.
  ///   - end: nothing follows, as for a unary call.
  /// - Throws: `unavailable` when the connection is not established or drains, `resourceExhausted`
  ///   when the peer's streams are all in use or the message or the metadata is over its bound,
  ///   `invalidArgument` for a method or metadata that may not travel. Nothing was sent then.
  package func open(
    _ head: OpenHead, handler: any StreamHandler, message count: Int? = nil, end: Bool,
    _ write: (UnsafeMutableRawBufferPointer) -> Void = { _ in }
  ) throws(RPCStatus) -> Stream {
    assert(loop.isCurrent, "off the loop")
    try checkOpen(head, messageBytes: count ?? 0)
    guard let id = state.takeStreamID() else {
      throw RPCStatus(.unavailable, "the connection takes no more streams")
    }
    let headBytes = head.encodedBytes
    let isWhole = headBytes + (count ?? 0) <= WireLimits.payloadBytes
    let inlineBytes = isWhole ? count ?? 0 : 0
    let slot = streams.insert(id, handler: handler)
    if end { slot.pointee.state.sendEnd() }
    // Not an array literal, which goes through generic code.
    var flags = FrameFlags(rawValue: 0)
    if isWhole, count != nil { flags.insert(.begin) }
    if isWhole, end { flags.insert(.end) }
    let frame = reserve(
      FrameHeader(.open, flags: flags, stream: id, length: headBytes + inlineBytes))
    var sink = ByteSink(UnsafeMutableRawBufferPointer(rebasing: frame[..<headBytes]))
    head.write(to: &sink)
    if isWhole, count != nil { write(UnsafeMutableRawBufferPointer(rebasing: frame[headBytes...])) }
    commit(frame)
    if !isWhole, let count { enqueueMessage(slot, count: count, end: end, write) }
    return Stream(connection: self, id: id)
  }

  private func checkOpen(_ head: OpenHead, messageBytes: Int) throws(RPCStatus) {
    precondition(state.role == .client, "only a client opens streams")
    guard state.phase == .open, !state.isDraining else {
      throw RPCStatus(.unavailable, "the connection takes no more streams")
    }
    guard head.isEncodable, !state.hasPeerSettings || fitsPeer(head.metadata) else {
      throw RPCStatus(.invalidArgument, "the method's name or the metadata may not travel")
    }
    guard streams.count < state.peerSettings.streams else {
      throw RPCStatus(.resourceExhausted, "all streams of the connection are in use")
    }
    guard fitsPeer(messageBytes) else {
      throw RPCStatus(.resourceExhausted, "a message over the server's bound")
    }
  }

  private func fitsPeer(_ metadata: Metadata) -> Bool {
    metadata.encodedBytes <= state.peerSettings.metadataBytes
  }

  /// Before the peer's SETTINGS came only the peer can tell.
  private func fitsPeer(_ messageBytes: Int) -> Bool {
    !state.hasPeerSettings || messageBytes <= state.peerSettings.messageBytes
  }

  func send(
    on id: UInt32, count: Int, end: Bool, _ write: (UnsafeMutableRawBufferPointer) -> Void
  ) -> Bool {
    assert(loop.isCurrent, "off the loop")
    assert(!end || state.role == .client, "a server ends a stream by finish")
    guard state.phase == .open, let slot = streams.find(id), slot.pointee.state.maySend else {
      return true
    }
    guard fitsPeer(count) else {
      refuseOwnMessage(id)
      return true
    }
    let flow = flow(of: slot)
    let isDirect =
      flow.queue.isEmpty && count <= WireLimits.payloadBytes && output.count < limits.directBytes
      && flow.sendWindow.mayBegin && sendWindow.mayBegin
    if end { slot.pointee.state.sendEnd() }
    if isDirect {
      let cost = SendWindow.cost(bytes: count, begins: true)
      flow.sendWindow.spend(cost)
      sendWindow.spend(cost)
      let flags: FrameFlags = end ? [.begin, .end] : .begin
      let frame = reserve(FrameHeader(.data, flags: flags, stream: id, length: count))
      write(frame)
      commit(frame)
    } else {
      enqueueMessage(slot, count: count, end: end, write)
    }
    return isWritable(id)
  }

  /// A message that the peer would refuse ends the stream here.
  private func refuseOwnMessage(_ id: UInt32) {
    let status = RPCStatus(.resourceExhausted, "a message over the peer's bound")
    let stream = Stream(connection: self, id: id)
    if state.role == .client {
      appendReset(id, .cancelled)
      remove(id)?.handler?.stream(stream, status: status, metadata: Metadata(), message: nil)
    } else {
      appendStatus(id, StatusHead(status))
      abandon(id, .messageTooLarge)
    }
  }

  /// Server: success, with one message of `count` bytes that `write` fills, where that is one frame
  /// and needs no wait: the path of a unary call. False: nothing was done, `mayReply` and `finish`
  /// are to be asked.
  package func finishAtOnce(
    _ id: UInt32, count: Int, _ write: (UnsafeMutableRawPointer) -> Void
  ) -> Bool {
    assert(loop.isCurrent, "off the loop")
    guard state.phase == .open, output.count < limits.outboundBytes,
      count <= WireLimits.payloadBytes &- StatusHead.fixedBytes, fitsPeer(count),
      let slot = streams.find(id), slot.pointee.flow == nil, slot.pointee.state.maySend
    else { return false }
    let length = StatusHead.fixedBytes &+ count
    let frame = reserve(FrameHeader(.status, flags: .begin, stream: id, length: length))
    let head = frame.baseAddress.unsafelyUnwrapped
    StatusHead.writeSuccess(to: head)
    write(head + StatusHead.fixedBytes)
    commit(frame)
    // Without a flow there is nothing to drop but the place.
    if state.isDraining { remove(id) } else { streams.discard(at: slot) }
    return true
  }

  func finish(
    _ id: UInt32, _ status: RPCStatus, metadata: Metadata, message count: Int?,
    _ write: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    assert(loop.isCurrent, "off the loop")
    assert(state.role == .server, "only a server ends a call with a status")
    guard state.phase == .open, let slot = streams.find(id) else { return }
    let isInMessage = slot.pointee.state.isReceivingMessage
    guard slot.pointee.state.finish() else {
      // Nobody is left to tell; the place is free now.
      if slot.pointee.state.phase == .abandoned { remove(id) }
      return
    }
    // Its parts go on coming and are not looked at: they keep no place until the status has gone.
    if isInMessage {
      slot.pointee.flow?.partial = nil
      endParts()
    }
    // Let go of at the end: what its deinit does may not come between.
    let handler = slot.pointee.handler
    defer { withExtendedLifetime(handler) {} }
    slot.pointee.handler = nil
    let count = status.code == .ok ? count : nil
    if let count, !fitsPeer(count) {
      let refusal = RPCStatus(.resourceExhausted, "the reply is over the client's bound")
      return sendStatus(slot, StatusHead(refusal), message: nil) { _ in }
    }
    sendStatus(slot, StatusHead(status, metadata: metadata), message: count, write)
  }

  private func sendStatus(
    _ slot: UnsafeMutablePointer<StreamRecord>, _ head: StatusHead, message count: Int?,
    _ write: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    let id = slot.pointee.id
    let isInline = head.encodedBytes + (count ?? 0) <= WireLimits.payloadBytes
    if !isInline, let count { enqueueMessage(slot, count: count, end: false, write) }
    let inlineCount = isInline ? count : nil
    guard let flow = slot.pointee.flow, !flow.queue.isEmpty else {
      appendStatus(id, head, message: inlineCount, write)
      remove(id)
      return
    }
    let length = head.encodedBytes + (inlineCount ?? 0)
    let buffer = MessageBuffer(capacity: WireLimits.headerBytes + length)
    buffer.fill(WireLimits.headerBytes + length) {
      Self.writeStatus(id, head, message: inlineCount, write, to: $0)
    }
    flow.queue.append(OutboundItem(kind: .frame, buffer: buffer))
    joinLine(id, flow)
  }

  /// Client: nothing follows.
  func end(_ id: UInt32) {
    assert(loop.isCurrent, "off the loop")
    guard state.phase == .open, let slot = streams.find(id), slot.pointee.state.maySend else {
      return
    }
    assert(state.role == .client, "a server ends a stream by finish")
    slot.pointee.state.sendEnd()
    let header = FrameHeader(.data, flags: .end, stream: id, length: 0)
    if let flow = slot.pointee.flow, !flow.queue.isEmpty {
      let buffer = MessageBuffer(capacity: WireLimits.headerBytes)
      buffer.fill(WireLimits.headerBytes) { header.write(to: $0.baseAddress.unsafelyUnwrapped) }
      flow.queue.append(OutboundItem(kind: .frame, buffer: buffer))
      joinLine(id, flow)
    } else {
      commit(reserve(header))
    }
  }

  /// Ends a stream early.
  func reset(_ id: UInt32, _ code: ResetCode) {
    assert(loop.isCurrent, "off the loop")
    guard state.phase == .open, let slot = streams.find(id) else { return }
    let phase = slot.pointee.state.phase
    if phase == .finishing { return }
    if phase != .abandoned { appendReset(id, code) }
    remove(id)
  }

  /// Client: the token for streams opened after this one call; empty takes it back.
  ///
  /// - Returns: false when it is over `WireLimits.credentialsBytes`, or the connection is not
  ///   established: nothing was sent then.
  @discardableResult
  package func setCredentials(_ token: [UInt8]) -> Bool {
    assert(loop.isCurrent, "off the loop")
    guard state.phase == .open, token.count <= WireLimits.credentialsBytes else { return false }
    let frame = reserve(FrameHeader(.credentials, length: token.count))
    token.withUnsafeBytes { frame.copyMemory(from: $0) }
    commit(frame)
    return true
  }
}
