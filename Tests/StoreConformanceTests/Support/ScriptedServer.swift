internal import Foundation
internal import Synchronization
internal import TestSupport

/// A PostgreSQL server that lets everyone in and then does what a test says: one thread a
/// connection.
final class ScriptedServer: Sendable {
  /// What it does on a connection once the client has sent something; then it holds the connection
  /// open until the client closes it, or closes it itself.
  enum Script: Sendable {
    /// Sends these bytes.
    case send([UInt8])
    /// Sends these bytes and closes.
    case sendAndClose([UInt8])
    /// Sends the first, then the second again and again.
    case repeating(after: [UInt8], [UInt8])
    /// Reads nothing and sends nothing.
    case ignore
  }

  let port: Int
  private let listener: Int32
  private let script: Script
  private let descriptors = Mutex<Set<Int32>>([])
  private let accepted = Atomic(0)

  init(_ script: Script) throws {
    self.script = script
    // A small receive buffer, which a client that sends much soon fills.
    (listener, port) = try LoopbackSocket.listen(backlog: 16, receiveBytes: 4_096)
    let listener = listener
    Thread.detachNewThread { [weak self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { break }
        guard let self else {
          close(client)
          break
        }
        serve(client)
      }
      close(listener)
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    let open = descriptors.withLock { $0 }
    for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
  }

  var url: String {
    "postgresql://berth@127.0.0.1:\(port)/berth?sslmode=disable&gssencmode=disable"
  }

  /// Connections that were let in.
  var connectionCount: Int { accepted.load(ordering: .relaxed) }

  private func serve(_ client: Int32) {
    descriptors.withLock { _ = $0.insert(client) }
    let script = script
    Thread.detachNewThread { [weak self] in
      if Self.welcome(client) {
        self?.accepted.wrappingAdd(1, ordering: .relaxed)
        Self.play(script, client)
      }
      self?.descriptors.withLock { _ = $0.remove(client) }
      close(client)
    }
  }

  /// Takes the startup message, whatever it says, and lets the client in.
  private static func welcome(_ client: Int32) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    guard read(client, &buffer, buffer.count) > 0 else { return false }
    return send(PostgresMessage.authenticationOK + PostgresMessage.ready, to: client)
  }

  private static func play(_ script: Script, _ client: Int32) {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    if case .ignore = script {
      // Told of an end without reading: by errors and hang-ups alone.
      var poll = pollfd(fd: client, events: 0, revents: 0)
      _ = Glibc.poll(&poll, 1, -1)
      return
    }
    guard read(client, &buffer, buffer.count) > 0 else { return }
    switch script {
    case .send(let bytes): _ = send(bytes, to: client)
    case .sendAndClose(let bytes):
      _ = send(bytes, to: client)
      return
    case .repeating(let first, let bytes):
      guard send(first, to: client) else { return }
      while send(bytes, to: client) {}
      return
    case .ignore: return
    }
    while read(client, &buffer, buffer.count) > 0 {}
  }

  private static func send(_ bytes: [UInt8], to client: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let written = bytes[sent...].withUnsafeBytes {
        Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard written > 0 else { return false }
      sent += written
    }
    return true
  }
}
