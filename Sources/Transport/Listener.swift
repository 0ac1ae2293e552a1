package import EventLoop
import Glibc

/// Accepts connections on one loop. For more loops make one each, on the same port and in one
/// group. Handshakes go on in the connections: none holds up the next accept.
package final class Listener: @unchecked Sendable {
  // @unchecked: confined to its loop; the lets are Sendable or only touched there.
  package let context: TransportContext
  /// Where it listens, with the port that the system chose if 0 was asked for.
  package let address: SocketAddress
  private let census: ConnectionCensus
  private let group: ListenerGroup
  private let handler: any ListenerHandler
  private let descriptor: Int32
  private var registration: Registration?
  private var pause: TimerID?
  private var members: [ObjectIdentifier: Member] = [:]
  private var drained: [() -> Void] = []
  /// A descriptor to give up when there is none left, so that the next connection can be accepted
  /// and closed instead of waiting for ever.
  private var reserve: Int32

  private struct Member {
    let connection: Connection
    var isInHandshake = true
  }

  private init(
    owning descriptor: Int32, address: SocketAddress, context: TransportContext,
    census: ConnectionCensus, group: ListenerGroup, handler: any ListenerHandler
  ) {
    self.descriptor = descriptor
    self.address = address
    self.context = context
    self.census = census
    self.group = group
    self.handler = handler
    reserve = Self.openReserve()
  }

  deinit {
    if registration != nil || pause != nil { Socket.close(descriptor) }
    if reserve >= 0 { Socket.close(reserve) }
  }

  /// Listens at `address`. On the loop of `context`.
  package static func start(
    on address: SocketAddress, context: TransportContext, census: ConnectionCensus,
    group: ListenerGroup = ListenerGroup(), handler: any ListenerHandler
  ) throws(TransportError) -> Listener {
    do throws(EventLoopError) {
      let descriptor = try Socket.listen(address)
      let listener = Listener(
        owning: descriptor, address: Socket.localAddress(descriptor) ?? address,
        context: context, census: census, group: group, handler: handler)
      do throws(EventLoopError) {
        try listener.watch()
      } catch {
        Socket.close(descriptor)
        throw error
      }
      group.join(listener)
      return listener
    } catch {
      throw .loop(error)
    }
  }

  /// The connections it accepted that are not closed.
  package var connections: [Connection] { members.values.map(\.connection) }

  /// Accepts no more. Connections stay.
  package func stop() {
    context.loop.assertCurrent()
    guard isListening else { return }
    group.leave(self)
    if let registration { context.loop.deregister(registration) }
    if let pause { context.loop.cancel(pause) }
    registration = nil
    pause = nil
    Socket.close(descriptor)
  }

  /// Accepts no more and drains every connection; `completion` is called on the loop when all are
  /// closed.
  package func drain(grace: Duration, _ completion: @escaping () -> Void) {
    stop()
    drained.append(completion)
    for connection in connections { connection.drain(grace: grace) }
    tellDrained()
  }

  private var isListening: Bool { registration != nil || pause != nil }

  private func watch() throws(EventLoopError) {
    registration = try context.loop.register(descriptor, interest: .read, handler: self)
  }

  private static func openReserve() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }

  private func tellDrained() {
    guard members.isEmpty, !drained.isEmpty else { return }
    let completions = drained
    drained = []
    for completion in completions { completion() }
  }
}

extension Listener: ReadinessHandler {
  /// Called by the loop.
  package func ready(_ readiness: Readiness) {
    for _ in 0..<census.limits.acceptsPerTurn {
      guard registration != nil else { return }
      do throws(EventLoopError) {
        guard let (descriptor, address) = try Socket.accept(self.descriptor) else { return }
        admit(descriptor, address)
      } catch {
        guard turnAwayOne(error) else { return }
      }
    }
  }

  private func admit(_ descriptor: Int32, _ address: SocketAddress) {
    if let refusal = census.admit(address) {
      Socket.close(descriptor)
      return handler.listener(self, refused: refusal, from: address)
    }
    let taker = group.assign(acceptedBy: self)
    guard taker !== self else { return take(descriptor, address) }
    let socket = AcceptedSocket(owning: descriptor)
    taker.context.loop.execute { taker.take(socket, address) }
  }

  /// One that another listener of the group accepted.
  private func take(_ socket: AcceptedSocket, _ address: SocketAddress) {
    guard isListening, let descriptor = socket.take() else {
      return census.leave(address, duringHandshake: true)
    }
    take(descriptor, address)
  }

  private func take(_ descriptor: Int32, _ address: SocketAddress) {
    do {
      let connection = try Connection.accept(
        owning: descriptor, from: address, context: context,
        handler: handler.listener(self, handlerFor: address))
      connection.observer = self
      members[ObjectIdentifier(connection)] = Member(connection: connection)
    } catch {
      group.ended(on: self)
      census.leave(address, duringHandshake: true)
      handler.listener(self, refused: .failed(error.description), from: address)
    }
  }

  /// No descriptor left: gives up the reserve for a moment to accept one connection and close it,
  /// or pauses, lest a connection that cannot be accepted keeps the loop turning. False: stop for
  /// now.
  private func turnAwayOne(_ error: EventLoopError) -> Bool {
    handler.listener(self, refused: .descriptors, from: nil)
    if error.code == EMFILE || error.code == ENFILE, reserve >= 0 {
      Socket.close(reserve)
      let next = try? Socket.accept(descriptor)
      if let next { Socket.close(next.descriptor) }
      reserve = Self.openReserve()
      if next != nil, reserve >= 0 { return true }
    }
    pauseAccepting()
    return false
  }

  private func pauseAccepting() {
    if let registration { context.loop.deregister(registration) }
    registration = nil
    pause = context.loop.schedule(after: census.limits.pause) { [weak self] in
      guard let self else { return }
      pause = nil
      if reserve < 0 { reserve = Self.openReserve() }
      // The loop had a place for it before; if it has none now, the next pause tries again.
      do { try watch() } catch { pauseAccepting() }
    }
  }
}

extension Listener: ConnectionObserver {
  func connectionFinishedHandshake(_ connection: Connection) {
    guard members[ObjectIdentifier(connection)]?.isInHandshake == true else { return }
    members[ObjectIdentifier(connection)]?.isInHandshake = false
    census.finishHandshake()
  }

  func connectionEnded(_ connection: Connection) {
    guard let member = members.removeValue(forKey: ObjectIdentifier(connection)) else { return }
    group.ended(on: self)
    census.leave(connection.peerAddress, duringHandshake: member.isInHandshake)
    tellDrained()
  }
}
