import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

extension ConsoleProcess {
  /// Bytes of an answer's body that a test reads.
  private static let bodyLimit = 64 << 20

  /// Makes one request and reads the answer whole.
  ///
  /// - Parameters:
  ///   - path: with its query.
  ///   - token: sent as the bearer token.
  ///   - body: JSON text, sent as `application/json` unless `headers` say otherwise.
  func request(
    _ method: String, _ path: String, token: String? = nil, body: String? = nil,
    headers: [String: String] = [:], within limit: Duration = .seconds(40)
  ) async throws -> HTTPAnswer {
    let response = try await open(
      method, path, token: token, body: body, headers: headers, within: limit)
    var text = try await response.body.collect(upTo: Self.bodyLimit)
    return HTTPAnswer(
      status: Int(response.status.code), headers: Self.headers(of: response),
      body: text.readString(length: text.readableBytes) ?? "")
  }

  /// The same, for an answer that is read as it comes: `for try await line in lines(of:)`.
  func open(
    _ method: String, _ path: String, token: String? = nil, body: String? = nil,
    headers: [String: String] = [:], within limit: Duration = .seconds(40)
  ) async throws -> HTTPClientResponse {
    var request = HTTPClientRequest(url: url + path)
    request.method = .RAW(value: method)
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .file(authority)
    request.tlsConfiguration = tls
    if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
    if body != nil, !headers.keys.contains(where: { $0.lowercased() == "content-type" }) {
      request.headers.add(name: "content-type", value: "application/json")
    }
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let body { request.body = .bytes(Array(body.utf8), length: .known(Int64(body.utf8.count))) }
    return try await HTTPClient.shared.execute(
      request, timeout: .nanoseconds(Int64(limit / .nanoseconds(1))))
  }

  /// The lines of an answer as they arrive, without their ends.
  static func lines(of response: HTTPClientResponse) -> AsyncThrowingStream<String, any Error> {
    AsyncThrowingStream { continuation in
      let reading = Task {
        var rest = ByteBuffer()
        do {
          for try await part in response.body {
            rest.writeImmutableBuffer(part)
            while let end = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
              let line = rest.readString(length: end - rest.readerIndex) ?? ""
              rest.moveReaderIndex(forwardBy: 1)
              continuation.yield(line)
            }
          }
          if rest.readableBytes > 0 {
            continuation.yield(String(buffer: rest))
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in reading.cancel() }
    }
  }

  static func status(of response: HTTPClientResponse) -> Int { Int(response.status.code) }

  static func headers(of response: HTTPClientResponse) -> [String: String] {
    Dictionary(
      response.headers.map { ($0.name.lowercased(), $0.value) },
      uniquingKeysWith: { "\($0), \($1)" })
  }
}
