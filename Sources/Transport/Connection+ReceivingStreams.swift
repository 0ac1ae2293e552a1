import EventLoop
@_spi(Frames) import Wire

extension Connection {
  func receiveOpen(_ frame: Frame) throws(ConnectionError) {
    let flags = frame.header.flags
    let id = frame.header.stream
    let (head, rest) = try lift { () throws(FrameError) in try OpenHeadView.parse(frame.payload) }
    guard flags.has(.begin) || rest.isEmpty else {
      throw .violation("OPEN carries bytes of no message")
    }
    let isLetIn = try state.receiveOpen(id)
    let isInParts = flags.has(.more)
    if isInParts { try charge(rest.count, begins: true) }
    guard isLetIn, streams.count < limits.streams else {
      if isInParts { giveBack(SendWindow.cost(bytes: rest.count, begins: true)) }
      return try refuse(id, isFault: isLetIn)
    }
    guard head.metadataBytes <= limits.metadataBytes else {
      if isInParts { giveBack(SendWindow.cost(bytes: rest.count, begins: true)) }
      let status = RPCStatus(.resourceExhausted, "metadata over \(limits.metadataBytes) bytes")
      appendStatus(id, StatusHead(status))
      return try state.countFault(now: loop.nanoseconds)
    }
    let slot = streams.insert(id)
    slot.pointee.state.receiveOpen(flags)
    if isInParts { try beginMessage(flow(of: slot), rest) }
    let isWhole = flags.has(.begin) && !isInParts
    context.lend(frame.payload)
    owner?.connection(
      self, opened: Stream(connection: self, id: id), head: head, message: isWhole ? rest : nil,
      end: flags.has(.end))
  }

  /// Refuses a stream before anything saw it. A drain is not the client's fault.
  private func refuse(_ id: UInt32, isFault: Bool) throws(ConnectionError) {
    appendReset(id, .refused)
    if isFault { try state.countFault(now: loop.nanoseconds) }
  }

  func receiveData(_ frame: Frame) throws(ConnectionError) {
    let flags = frame.header.flags
    let id = frame.header.stream
    let begins = flags.has(.begin)
    let cost = SendWindow.cost(bytes: frame.payload.count, begins: begins)
    try charge(frame.payload.count, begins: begins)
    guard let slot = streams.find(id), slot.pointee.state.phase != .abandoned else {
      guard !state.isIdle(id) else { throw .violation("DATA for a stream that never was") }
      // It was on its way when the stream ended.
      return giveBack(cost)
    }
    if slot.pointee.state.phase == .finishing {
      return giveBack(cost)
    }
    let role = state.role
    let limit = limits.emptyFrames
    let piece = try lift { () throws(FrameError) in
      try slot.pointee.state.receiveData(
        flags, length: frame.payload.count, role: role, emptyFrameLimit: limit)
    }
    let flow = flow(of: slot)
    guard flow.receiveWindow.charge(cost, begins: begins) else {
      throw ConnectionError(.flowControl, "a message on stream \(id) without credit")
    }
    flow.unreturnedBytes += cost
    if piece == .first { try state.beginParts() }
    if piece == .last { endParts() }
    guard fits(piece, frame.payload.count, flow) else { return try refuseMessage(id) }
    switch piece {
    case .whole: deliver(frame.payload, to: id)
    case .first, .middle: appendPart(frame.payload, flow)
    case .last:
      appendPart(frame.payload, flow)
      guard let message = flow.partial else { break }
      flow.partial = nil
      deliver(message.bytes, to: id)
      context.returnMessage(message)
    case .none: break
    }
    if flags.has(.end), let slot = streams.find(id), slot.pointee.state.phase == .remoteEnded {
      slot.pointee.handler?.streamEnded(Stream(connection: self, id: id))
    }
  }

  /// The first part of a message, which came with its OPEN.
  private func beginMessage(
    _ flow: StreamFlow, _ part: UnsafeRawBufferPointer
  ) throws(ConnectionError) {
    let cost = SendWindow.cost(bytes: part.count, begins: true)
    // A new stream has credit: a window is never smaller than the floor.
    _ = flow.receiveWindow.charge(cost, begins: true)
    flow.unreturnedBytes += cost
    try state.beginParts()
    appendPart(part, flow)
  }

  private func fits(_ piece: StreamState.Piece, _ bytes: Int, _ flow: StreamFlow) -> Bool {
    let before = piece == .whole || piece == .first ? 0 : (flow.partial?.count ?? 0)
    return before + bytes <= limits.messageBytes
  }

  private func appendPart(_ part: UnsafeRawBufferPointer, _ flow: StreamFlow) {
    let before = flow.partial?.count ?? 0
    var buffer = flow.partial ?? context.takeMessage(part.count)
    if before + part.count > buffer.capacity {
      let larger = context.takeMessage(max(buffer.capacity * 2, before + part.count))
      larger.append(buffer.bytes)
      context.returnMessage(buffer)
      buffer = larger
    }
    buffer.append(part)
    flow.partial = buffer
    flow.partNanoseconds = loop.nanoseconds
    // One that is set is that of the message which has waited longest, or earlier.
    if state.messagesInParts > 0, !deadlines.isSet(.message) {
      setDeadline(.message, after: limits.progressTimeout)
    }
  }

  /// A message of the peer in parts has ended, or is nobody's any more.
  func endParts() {
    state.endParts()
    if state.messagesInParts == 0 { deadlines.clear(.message) }
  }

  private func deliver(_ message: UnsafeRawBufferPointer, to id: UInt32) {
    guard let handler = streams.find(id)?.pointee.handler else {
      // Nobody will consume it.
      return consumed(message.count, on: id)
    }
    handler.stream(Stream(connection: self, id: id), message: message)
  }

  /// A message over the bound ends its stream alone.
  private func refuseMessage(_ id: UInt32) throws(ConnectionError) {
    let stream = Stream(connection: self, id: id)
    let status = RPCStatus(.resourceExhausted, "a message over \(limits.messageBytes) bytes")
    if state.role == .client {
      appendReset(id, .messageTooLarge)
      remove(id)?.handler?.stream(stream, status: status, metadata: Metadata(), message: nil)
      return
    }
    appendStatus(id, StatusHead(status))
    abandon(id, .messageTooLarge)
    try state.countFault(now: loop.nanoseconds)
  }

  func receiveStatus(_ frame: Frame) throws(ConnectionError) {
    let id = frame.header.stream
    let (head, rest) = try lift { () throws(FrameError) in
      try StatusHeadView.parse(frame.payload)
    }
    let hasMessage = frame.header.flags.has(.begin)
    guard hasMessage || rest.isEmpty else { throw .violation("STATUS carries bytes of no message") }
    guard let slot = streams.find(id) else {
      guard !state.isIdle(id) else { throw .violation("STATUS for a stream that never was") }
      return
    }
    guard !slot.pointee.state.isReceivingMessage else {
      throw .violation("STATUS within a message")
    }
    let handler = remove(id)?.handler
    handler?.stream(
      Stream(connection: self, id: id), status: head.status, metadata: head.metadata.metadata,
      message: hasMessage ? rest : nil)
  }

  func receiveReset(_ frame: Frame) throws(ConnectionError) {
    let id = frame.header.stream
    let code = try lift { () throws(FrameError) in try ControlFrames.parseReset(frame.payload) }
    guard let slot = streams.find(id) else {
      guard !state.isIdle(id) else { throw .violation("RESET of a stream that never was") }
      return
    }
    guard state.role == .server else {
      let handler = remove(id)?.handler
      handler?.streamReset(Stream(connection: self, id: id), code: code)
      return
    }
    switch slot.pointee.state.phase {
    case .abandoned: break
    // The handler has ended: nothing keeps the place.
    case .finishing: _ = remove(id)
    case .open, .remoteEnded, .localEnded: abandon(id, code)
    }
    try state.countFault(now: loop.nanoseconds)
  }

  /// Server: over for the client. The handler is told, and keeps the stream's place until it ends.
  func abandon(_ id: UInt32, _ code: ResetCode) {
    guard let slot = streams.find(id) else { return }
    drop(slot)
    slot.pointee.state.abandon()
    let handler = slot.pointee.handler
    slot.pointee.handler = nil
    handler?.streamReset(Stream(connection: self, id: id), code: code)
  }

  // MARK: Credit

  /// Charges the connection for a part of a message.
  private func charge(_ bytes: Int, begins: Bool) throws(ConnectionError) {
    let cost = SendWindow.cost(bytes: bytes, begins: begins)
    guard receiveWindow.charge(cost, begins: begins) else {
      throw ConnectionError(.flowControl, "a message without credit of the connection")
    }
    let window = receiveWindow.giveBackWhenUsedUp()
    if window > 0 { appendWindow(stream: 0, bytes: window) }
  }

  /// Gives credit of the connection back.
  func giveBack(_ bytes: Int) {
    let window = receiveWindow.giveBackShared(bytes)
    if window > 0 { appendWindow(stream: 0, bytes: window) }
  }

  /// The application took a message.
  func consumed(_ bytes: Int, on id: UInt32) {
    assert(loop.isCurrent, "off the loop")
    guard let slot = streams.find(id), let flow = slot.pointee.flow else { return }
    let cost = min(SendWindow.cost(bytes: bytes, begins: true), flow.unreturnedBytes)
    guard cost > 0 else { return }
    flow.unreturnedBytes -= cost
    giveBack(cost)
    // Who has ended needs no credit any more.
    let phase = slot.pointee.state.phase
    guard phase == .open || phase == .localEnded else { return }
    let window = flow.receiveWindow.giveBack(cost)
    if window > 0 { appendWindow(stream: id, bytes: window) }
  }
}
