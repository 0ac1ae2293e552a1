import Foundation
import Synchronization

/// Stands between a program and a server on the loopback interface, so that a test can break the
/// way.
///
/// Two threads a connection: for tests with tens of connections, not thousands.
package final class TCPRelay: Sendable {
  private enum Way { case open, stalled, cut, closed }

  private struct State {
    var way = Way.open
    var descriptors: Set<Int32> = []
    /// Answers to what contains these bytes are lost, so many times more.
    var lossMarker: [UInt8] = []
    var lossesLeft = 0
    /// Connections to the server whose next answer is lost.
    var losing: Set<Int32> = []
    var repliesLost = 0
  }

  private static let backlog: Int32 = 64

  /// The port that the program connects to.
  package let port: Int
  private let serverPort: Int
  private let listener: Int32
  private let state = Mutex(State())

  /// Relays from a free port of 127.0.0.1 to `serverPort` of 127.0.0.1.
  package init(to serverPort: Int) throws {
    self.serverPort = serverPort
    (listener, port) = try LoopbackSocket.listen(backlog: Self.backlog)
    let listener = listener
    Thread.detachNewThread { [weak self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else {
          if errno == EINTR { continue }
          break
        }
        guard let self else {
          close(client)
          break
        }
        relay(client)
      }
      close(listener)
    }
  }

  deinit {
    setWay(.closed)
    shutdown(listener, Int32(SHUT_RDWR))
  }

  /// Ends every connection at once and refuses new ones, as if the server had been killed.
  package func cut() { setWay(.cut) }
  /// Lets connections stand and passes nothing on, as if the network had lost its way.
  package func stall() { setWay(.stalled) }
  /// Passes bytes on again, also those that waited.
  package func restore() { setWay(.open) }

  /// Answers that were lost.
  package var repliesLost: Int { state.withLock { $0.repliesLost } }

  /// The next `count` requests that contain `marker` reach the server; its answer is dropped and
  /// the connection ends, so that the program cannot know whether it was done.
  package func loseReplies(to marker: [UInt8], times count: Int) {
    state.withLock { state in
      state.lossMarker = marker
      state.lossesLeft = count
    }
  }

  /// Whether bytes may go on; false ends the connection.
  private func passes(_ bytes: ArraySlice<UInt8>, of server: Int32, isRequest: Bool) -> Bool {
    state.withLock { state in
      if isRequest {
        guard state.lossesLeft > 0, bytes.contains(state.lossMarker),
          state.losing.insert(server).inserted
        else { return true }
        state.lossesLeft -= 1
        return true
      }
      guard state.losing.remove(server) != nil else { return true }
      state.repliesLost += 1
      return false
    }
  }

  private func setWay(_ way: Way) {
    state.withLock { state in
      state.way = way
      guard way == .cut || way == .closed else { return }
      for descriptor in state.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }
  }

  private func relay(_ client: Int32) {
    let isCut = state.withLock { $0.way == .cut || $0.way == .closed }
    guard !isCut, let server = try? LoopbackSocket.connect(port: serverPort) else {
      LoopbackSocket.reset(client)
      return
    }
    state.withLock { $0.descriptors.formUnion([client, server]) }
    let pumpsLeft = PumpCount()
    for (source, target) in [(client, server), (server, client)] {
      // The pump must not keep the relay alive: a test drops the relay to end it.
      Thread.detachNewThread { [weak self] in
        Self.pump(from: source, to: target) {
          self?.state.withLock { $0.way } ?? .closed
        } passes: {
          self?.passes($0, of: server, isRequest: source == client) ?? false
        }
        guard pumpsLeft.finishOne() else { return }
        self?.state.withLock { state in
          state.descriptors.subtract([client, server])
          state.losing.remove(server)
        }
        close(client)
        close(server)
      }
    }
  }

  /// Passes bytes one way until either end is closed or the way is cut.
  private static func pump(
    from source: Int32, to target: Int32, way: () -> Way, passes: (ArraySlice<UInt8>) -> Bool
  ) {
    let stallCheckMicroseconds: UInt32 = 2000
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    defer {
      shutdown(target, Int32(SHUT_WR))
      shutdown(source, Int32(SHUT_RD))
    }
    while true {
      let count = read(source, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      while way() == .stalled { usleep(stallCheckMicroseconds) }
      guard way() == .open, passes(buffer[..<count]) else { return }
      var sent = 0
      while sent < count {
        let written = buffer[sent..<count].withUnsafeBytes {
          send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { return }
        sent += written
      }
    }
  }
}

/// Counts the two directions of one connection down, so that the last to end closes the sockets.
private final class PumpCount: Sendable {
  private let left = Mutex(2)

  /// True for the last one.
  func finishOne() -> Bool {
    left.withLock {
      $0 -= 1
      return $0 == 0
    }
  }
}
