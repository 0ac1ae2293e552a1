@_spi(Frames) import Wire

@testable import Transport

/// The real server's handlers: they do what `ReferenceServer`'s do, and write down what they are
/// told. Everything happens on the loop.
final class ScriptedServer: ConnectionHandler {
  private(set) var told: [Told] = []
  private var streams: [UInt32: ScriptedStream] = [:]

  fileprivate func tell(_ what: Told) { told.append(what) }

  func connectionSettled(_ connection: Connection) { tell(.settled) }

  func connection(_ connection: Connection, credentials token: UnsafeRawBufferPointer) {
    tell(.credentials(Blob(token)))
  }

  func connectionDraining(_ connection: Connection) { tell(.draining) }

  func connectionClosed(_ connection: Connection, reason: String) {
    tell(.closed)
    streams = [:]
  }

  func connection(
    _ connection: Connection, opened stream: Stream, head: OpenHeadView,
    message: UnsafeRawBufferPointer?, end: Bool
  ) {
    var metadata: [[UInt8]] = []
    head.metadata.forEach { metadata += [Array($0), Array($1)] }
    tell(
      .opened(
        stream.id, method: head.methodName, microseconds: head.timeoutMicroseconds,
        metadata: metadata, message: message.map { Blob($0) }, end: end))
    let handler = ScriptedStream(server: self, stream: stream, method: head.methodName)
    stream.handler = handler
    streams[stream.id] = handler
    handler.open(message.map(Array.init), end: end)
  }

  func act(_ action: Script.Action, on connection: Connection) {
    switch action {
    case .release(let id): streams[id]?.release()
    case .takeAll(let id): streams[id]?.takeAll()
    case .drain: connection.drain(grace: .seconds(86_400))
    }
  }
}

/// One call of a scripted server.
private final class ScriptedStream: StreamHandler {
  private let server: ScriptedServer
  private let stream: Stream
  private let kind: Character
  private var untaken: [Int] = []
  private var count: UInt32 = 0

  init(server: ScriptedServer, stream: Stream, method: String) {
    self.server = server
    self.stream = stream
    kind = method.first ?? "h"
  }

  func open(_ message: [UInt8]?, end: Bool) {
    switch kind {
    case "e":
      if end {
        finish(message)
      } else if let message {
        send(message)
      }
    case "s":
      if message != nil { count += 1 }
      if end { finish(Bytes.big(UInt64(count), 4)) }
    case "f": stream.finish(RPCStatus(.notFound, "nothing there"))
    case "z": stream.reset(.internalError)
    default: break
    }
  }

  private func send(_ bytes: [UInt8]) {
    stream.send(count: bytes.count) { buffer in
      bytes.withUnsafeBytes { buffer.copyMemory(from: $0) }
    }
  }

  private func finish(_ bytes: [UInt8]?) {
    guard let bytes else { return stream.finish(.ok) }
    stream.finish(count: bytes.count) { buffer in
      bytes.withUnsafeBytes { buffer.copyMemory(from: $0) }
    }
  }

  func release() { stream.finish(.ok) }

  func takeAll() {
    for bytes in untaken { stream.consumed(bytes) }
    untaken = []
  }

  func stream(_ stream: Stream, message: UnsafeRawBufferPointer) {
    let bytes = Array(message)
    server.tell(.message(stream.id, Blob(bytes)))
    switch kind {
    case "e":
      send(bytes)
      stream.consumed(bytes.count)
    case "s":
      count += 1
      stream.consumed(bytes.count)
    default: untaken.append(bytes.count)
    }
  }

  func streamEnded(_ stream: Stream) {
    server.tell(.ended(stream.id))
    switch kind {
    case "e": finish(nil)
    case "s": finish(Bytes.big(UInt64(count), 4))
    default: break
    }
  }

  func streamReset(_ stream: Stream, code: ResetCode) {
    server.tell(.reset(stream.id, code.rawValue))
    if kind != "h" { stream.reset(code) }
  }
}
