import EventLoop
@_spi(Frames) import Wire

extension Connection {
  /// Handles one whole frame.
  func receive(_ frame: Frame) throws(ConnectionError) {
    guard let type = frame.header.type else {
      // Ignorable, or the header would not have passed.
      guard state.hasPeerSettings else { throw .violation("the first frame is not SETTINGS") }
      return
    }
    try state.check(type)
    switch type {
    case .open: try receiveOpen(frame)
    case .data: try receiveData(frame)
    case .status: try receiveStatus(frame)
    case .window: try receiveWindow(frame)
    case .reset: try receiveReset(frame)
    case .settings: try receiveSettings(frame)
    case .ping: try receivePing(frame)
    case .pong:
      receivePong(
        try lift { () throws(FrameError) in
          try ControlFrames.parsePing(frame.payload)
        })
    case .goaway: try receiveGoAway(frame)
    case .credentials: owner?.connection(self, credentials: frame.payload)
    }
  }

  /// Makes what is wrong with a frame what is wrong with the connection.
  func lift<R>(_ body: () throws(FrameError) -> R) throws(ConnectionError) -> R {
    do { return try body() } catch { throw ConnectionError(error) }
  }

  private func receiveSettings(_ frame: Frame) throws(ConnectionError) {
    let settings = try lift { () throws(FrameError) in try Settings.parse(frame.payload) }
    deadlines.clear(.firstFrame)
    let growth = state.receive(settings)
    try lift { () throws(FrameError) in try sendWindow.grant(growth.connectionBytes) }
    for id in streams.ids {
      guard let flow = streams.find(id)?.pointee.flow else { continue }
      try lift { () throws(FrameError) in try flow.sendWindow.grant(growth.streamBytes) }
      joinLine(id, flow)
    }
    releaseWaitingForCredit()
    owner?.connectionSettled(self)
  }

  private func receiveWindow(_ frame: Frame) throws(ConnectionError) {
    let bytes = try lift { () throws(FrameError) in try ControlFrames.parseWindow(frame.payload) }
    let id = frame.header.stream
    if id == 0 {
      try lift { () throws(FrameError) in try sendWindow.grant(bytes) }
      releaseWaitingForCredit()
      return
    }
    guard let slot = streams.find(id) else {
      guard !state.isIdle(id) else { throw .violation("WINDOW for a stream that never was") }
      return
    }
    // Over for the client: this was on its way, and nothing is sent any more.
    guard slot.pointee.state.phase != .abandoned else { return }
    let flow = flow(of: slot)
    try lift { () throws(FrameError) in try flow.sendWindow.grant(bytes) }
    joinLine(id, flow)
  }

  private func receivePing(_ frame: Frame) throws(ConnectionError) {
    let payload = try lift { () throws(FrameError) in try ControlFrames.parsePing(frame.payload) }
    try state.countPing(now: loop.nanoseconds)
    appendControl(ControlFrames.pingBytes) {
      ControlFrames.writePing(.pong, payload: payload, to: $0)
    }
  }

  private func receiveGoAway(_ frame: Frame) throws(ConnectionError) {
    let goAway = try lift { () throws(FrameError) in try GoAway.parse(frame.payload) }
    try state.receiveGoAway(lastStream: goAway.lastStream)
    if goAway.code != .noError {
      peerReason = "closed by the peer: \(goAway.code): \(goAway.reason)"
    }
    if state.role == .client {
      for id in streams.ids where id > goAway.lastStream {
        let handler = remove(id)?.handler
        handler?.streamReset(Stream(connection: self, id: id), code: .refused)
      }
    }
    tellDraining()
    // A turn's end closes the connection once no stream is left.
    scheduleFlush()
  }

  func tellDraining() {
    guard !wasToldDraining else { return }
    wasToldDraining = true
    owner?.connectionDraining(self)
  }
}
