import Foundation
import Glibc
import Synchronization

/// A small HTTP server that keeps what it is sent and answers as it is told: what programs export
/// to in tests.
package final class HTTPCollector: Sendable {
  package struct Request: Sendable {
    package let line: String
    /// By their names in lower case.
    package let headers: [String: String]
    package let body: [UInt8]
  }

  /// How a request is answered.
  package struct Answer: Sendable {
    package var status = 200
    package var headers: [String: String] = [:]
    package var body = "{}"
    /// How long the answer takes.
    package var delay = 0.0

    package init(
      status: Int = 200, headers: [String: String] = [:], body: String = "{}", delay: Double = 0
    ) {
      self.status = status
      self.headers = headers
      self.body = body
      self.delay = delay
    }
  }

  /// What the threads of connections share.
  private final class Shelf: Sendable {
    struct State {
      var requests: [Request] = []
      var answers: [Answer]
      var isClosed = false
    }

    let state: Mutex<State>

    init(_ answers: [Answer]) { state = Mutex(State(answers: answers)) }

    func take(_ request: Request) -> Answer {
      state.withLock { state in
        state.requests.append(request)
        return state.answers.isEmpty ? Answer() : state.answers.removeFirst()
      }
    }
  }

  package let port: Int
  private let listener: Int32
  private let shelf: Shelf

  /// - Parameter answers: of the first requests; what comes after them is taken.
  package init(answers: [Answer] = []) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(listener, pointer, length) == 0 && listen(listener, 64) == 0
          && getsockname(listener, pointer, &length) == 0
      }
    }
    guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
    self.listener = listener
    port = Int(UInt16(bigEndian: address.sin_port))
    let shelf = Shelf(answers)
    self.shelf = shelf
    Thread { Self.accept(listener, shelf) }.start()
  }

  deinit { close() }

  package var url: String { "http://127.0.0.1:\(port)" }
  package var requests: [Request] { shelf.state.withLock { $0.requests } }

  /// Takes no more connections.
  package func close() {
    let isFirst = shelf.state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    guard isFirst else { return }
    shutdown(listener, Int32(SHUT_RDWR))
    Glibc.close(listener)
  }

  private static func accept(_ listener: Int32, _ shelf: Shelf) {
    while true {
      let connection = Glibc.accept(listener, nil, nil)
      guard connection >= 0 else { return }
      Thread {
        while let request = read(connection) {
          let answer = shelf.take(request)
          if answer.delay > 0 { Thread.sleep(forTimeInterval: answer.delay) }
          guard write(answer, to: connection) else { break }
        }
        Glibc.close(connection)
      }.start()
    }
  }

  /// Nil: the connection is over.
  private static func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let end = Array("\r\n\r\n".utf8)
    var head: Range<Int>?
    var length = 0
    while true {
      if head == nil, let found = bytes.firstRange(of: end) {
        head = found
        length = contentLength(bytes[..<found.lowerBound])
      }
      if let head, bytes.count >= head.upperBound + length {
        return request(bytes[..<head.lowerBound], Array(bytes[head.upperBound...].prefix(length)))
      }
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
    }
  }

  private static func headers(_ head: ArraySlice<UInt8>) -> [String: String] {
    var headers: [String: String] = [:]
    for line in String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n").dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] =
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    return headers
  }

  private static func contentLength(_ head: ArraySlice<UInt8>) -> Int {
    headers(head)["content-length"].flatMap { Int($0) } ?? 0
  }

  private static func request(_ head: ArraySlice<UInt8>, _ body: [UInt8]) -> Request {
    let text = String(decoding: head, as: UTF8.self)
    return Request(
      line: text.components(separatedBy: "\r\n").first ?? "", headers: headers(head), body: body)
  }

  private static func write(_ answer: Answer, to connection: Int32) -> Bool {
    var head = "HTTP/1.1 \(answer.status) x\r\ncontent-length: \(answer.body.utf8.count)\r\n"
    for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
    let bytes = Array((head + "\r\n" + answer.body).utf8)
    return send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }
}
