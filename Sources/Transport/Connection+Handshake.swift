import Cryptography
package import EventLoop
import Wire

extension Connection: ReadinessHandler {
  /// Called by the loop.
  package func ready(_ readiness: Readiness) {
    switch state.phase {
    case .connecting: finishConnecting()
    case .handshaking: continueHandshake()
    case .open: serve(readiness)
    case .closing: finishClosing(readiness)
    case .closed: break
    }
  }

  private func finishConnecting() {
    if let error = Socket.pendingError(descriptor) { return terminate(error.description) }
    state.advance(to: .handshaking)
    continueHandshake()
  }

  private func continueHandshake() {
    switch session.handshake() {
    case .complete(_):
      establish()
    case .wantRead:
      setInterest(.read)
    case .wantWrite:
      setInterest(.write)
    case .closed:
      terminate("the peer closed during the handshake")
    case .failed(let error):
      terminate(error.description)
    }
  }

  private func establish() {
    state.advance(to: .open)
    setInterest(.read)
    deadlines.clear(.handshake)
    setDeadline(.firstFrame, after: limits.firstFrameTimeout)
    lastReadNanoseconds = loop.nanoseconds
    if let interval = limits.keepaliveInterval { setDeadline(.keepalive, after: interval) }
    if state.role == .server, let age = limits.drawnConnectionAge {
      setDeadline(.age, afterNanoseconds: age)
    }
    sendSettings()
    observer?.connectionFinishedHandshake(self)
    owner?.connectionEstablished(self)
    // The first frames may have come in the last read of the handshake.
    if state.phase == .open { readAvailable() }
  }

  private func serve(_ readiness: Readiness) {
    if readiness.isWritable, isWriteBlocked {
      isWriteBlocked = false
      scheduleFlush()
    }
    if isReadPaused {
      // Reading would tell, but this peer is not read from until it reads itself.
      if readiness.isHangup { terminate("the peer went away") }
    } else if readiness.isReadableOrHangup {
      readAvailable()
    }
  }

  func setInterest(_ wanted: Interest) {
    guard wanted.rawValue != interest.rawValue, let registration else { return }
    interest = wanted
    loop.setInterest(registration, wanted)
  }

  /// What the socket is to be watched for while frames flow.
  func updateInterest() {
    setInterest(Interest(reading: !isReadPaused, writing: isWriteBlocked))
  }
}
