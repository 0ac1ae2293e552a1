import Cryptography
import EventLoop
import Glibc
@_spi(Frames) package import Wire

extension Connection {
  // MARK: Drain

  /// Ends the connection in order.
  ///
  /// A server says so (GOAWAY), waits a round trip so that what was sent before is still served,
  /// names the last stream it serves (GOAWAY), lets those end within `grace`, resets the rest and
  /// closes. A client opens no more streams and closes when the last has ended or `grace` is over.
  package func drain(grace: Duration) {
    loop.assertCurrent()
    switch state.phase {
    case .connecting, .handshaking: return terminate("draining")
    case .closing, .closed: return
    case .open: break
    }
    guard state.advanceDrain(to: state.role == .server ? .announced : .final) else { return }
    drainGraceNanoseconds = grace.clampedNanoseconds
    if state.role == .client {
      sendGoAway(lastStream: 0, .noError, "the client is done")
      setDeadline(.drainGrace, afterNanoseconds: drainGraceNanoseconds)
    } else {
      sendGoAway(lastStream: WireLimits.maximumStreamID, .noError, "draining")
      setDeadline(.drainRoundTrip, after: limits.drainRoundTripTimeout)
      ping { [weak self] elapsed in
        if elapsed != nil { self?.sendLastGoAway() }
      }
    }
    tellDraining()
    scheduleFlush()
  }

  /// Server: the round trip is over; what the client opens from here on is refused.
  func sendLastGoAway() {
    guard state.advanceDrain(to: .final) else { return }
    deadlines.clear(.drainRoundTrip)
    sendGoAway(lastStream: state.highestOpened, .noError, "draining")
    setDeadline(.drainGrace, afterNanoseconds: drainGraceNanoseconds)
  }

  private func sendGoAway(lastStream: UInt32, _ code: CloseCode, _ reason: String) {
    state.sendGoAway(lastStream: lastStream)
    appendGoAway(GoAway(lastStream: lastStream, code: code, reason: reason))
  }

  func endDrainGrace() {
    let code: ResetCode = state.role == .server ? .draining : .cancelled
    for id in streams.ids {
      guard state.phase == .open, let slot = streams.find(id) else { continue }
      let handler = slot.pointee.handler
      if slot.pointee.state.phase != .abandoned { appendReset(id, code) }
      remove(id)
      handler?.streamReset(Stream(connection: self, id: id), code: code)
    }
    close(reason: "drained: the grace is over")
  }

  /// A connection that drains closes with its last stream.
  func closeIfDrained() {
    guard state.phase == .open, state.isDraining, streams.count == 0, unsentBytes == 0 else {
      return
    }
    // A client that drains closes by itself, when it has read its last status.
    guard state.role == .client || state.drain == .final else { return }
    close(reason: peerReason ?? "drained")
  }

  // MARK: Close

  /// Ends the connection now: GOAWAY, close_notify, and a moment for the peer to read them. Every
  /// open stream's handler and then the connection's are told before this returns.
  package func close(code: CloseCode = .noError, reason: String) {
    loop.assertCurrent()
    switch state.phase {
    case .connecting, .handshaking: return terminate(reason)
    case .closing, .closed: return
    case .open: break
    }
    let last = state.role == .server ? state.highestOpened : 0
    sendGoAway(lastStream: min(last, state.sentLastStream ?? .max), code, reason)
    guard !isOverrun else { return terminateOverrun() }
    state.advance(to: .closing)
    isReadPaused = false
    leftover = []
    // A peer that behaved may take its time to read what is left.
    setDeadline(.linger, after: code == .noError ? limits.writeTimeout : limits.lingerTimeout)
    setInterest(isWriteBlocked ? [.read, .write] : .read)
    scheduleFlush()
    tellEnd(reason, outputGoes: true)
  }

  /// Everything has gone: close_notify and the socket's end, then the peer's.
  func finishSending() {
    guard !hasShutDown else { return }
    hasShutDown = true
    _ = session.shutdown()
    _ = Glibc.shutdown(descriptor, Int32(SHUT_WR))
    setDeadline(.linger, after: limits.lingerTimeout)
    setInterest(.read)
    discard()
  }

  /// In phase `closing`: sends the rest, and reads without looking, so that the socket's close does
  /// not reset the connection before the peer has read our GOAWAY.
  func finishClosing(_ readiness: Readiness) {
    if readiness.contains(.writable), isWriteBlocked {
      isWriteBlocked = false
      scheduleFlush()
    }
    discard()
  }

  private func discard() {
    let buffer = context.takeReadBuffer()
    while lingeredBytes < limits.lingerBytes {
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count > 0 {
        lingeredBytes += count
      } else if count < 0, errno == EAGAIN {
        return
      } else if count < 0, errno == EINTR {
        continue
      } else {
        return terminate("closed")
      }
    }
    terminate("closed; the peer went on sending")
  }

  /// The bound of control frames ends the connection.
  func terminateOverrun() { terminate("too many control frames wait for the peer") }

  /// The descriptor goes; whoever was not told is told.
  func terminate(_ reason: String) {
    guard state.phase != .closed else { return }
    let wasTold = state.phase == .closing
    state.advance(to: .closed)
    disarm()
    context.warm.remove(self)
    if let registration { loop.deregister(registration) }
    registration = nil
    Socket.close(descriptor)
    leftover = []
    output = OutputBuffer()
    framePart = nil
    if !wasTold { tellEnd(reason, outputGoes: false) }
    observer?.connectionEnded(self)
    observer = nil
  }

  /// Tells every stream, who waits for a ping, and last the owner.
  ///
  /// - Parameter outputGoes: what waits for the socket is still sent.
  private func tellEnd(_ reason: String, outputGoes: Bool) {
    endReason = reason
    let records = streams.removeAll()
    ready.removeAll()
    waitingForCredit.removeAll()
    waitingForParts.removeAll()
    waitingHandlers.removeAll()
    queuedBytes = 0
    messagesInParts = 0
    for record in records {
      // A write that fails leaves at most a part of a TLS record, which the peer cannot read: a
      // stream whose OPEN was in it, or behind it, is as good as refused.
      let isUnsent = state.role == .client && !outputGoes && record.id >= firstUnsentStream
      record.handler?.streamReset(
        Stream(connection: self, id: record.id), code: isUnsent ? .refused : .connectionLost)
    }
    failPings()
    let owner = owner
    self.owner = nil
    owner?.connectionClosed(self, reason: reason)
  }
}
