import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Requests to a Docker Engine: one connection pool, bounded times and sizes, one kind of error.
struct DockerHTTP: Sendable {
  private let client: HTTPClient
  private let address: DockerAddress

  init(address: DockerAddress) {
    var configuration = HTTPClient.Configuration()
    configuration.timeout = .init(connect: TimeAmount(EngineLimits.connectTime), read: nil)
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
      EngineLimits.connections
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.connectionPool.idleTimeout = .seconds(30)
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    self.address = address
  }

  /// Makes a call and reads its whole answer, whatever its status.
  func call(
    _ method: HTTPMethod, _ path: String, query: [String: String] = [:], body: Data? = nil,
    within time: Duration = EngineLimits.answerTime
  ) async throws(EngineError) -> DockerAnswer {
    let request = request(method, path, query: query, body: body)
    return try await mapped { [client] in
      try await withThrowingTaskGroup(of: DockerAnswer.self) { group in
        group.addTask {
          let response = try await client.execute(request, timeout: TimeAmount(time))
          let bytes = try await response.body.collect(upTo: EngineLimits.answerBytes)
          return DockerAnswer(
            status: response.status.code, body: Data(bytes.readableBytesView),
            date: response.headers.first(name: "Date"))
        }
        group.addTask {
          try await Task.sleep(for: time)
          throw HTTPClientError.deadlineExceeded
        }
        defer { group.cancelAll() }
        guard let answer = try await group.next() else { throw CancellationError() }
        return answer
      }
    }
  }

  /// Makes a call whose answer is read piece by piece. An answer that is not a success is read and
  /// thrown by `orThrow`.
  func open(
    _ method: HTTPMethod, _ path: String, query: [String: String] = [:],
    orThrow fail: (DockerAnswer) -> EngineError
  ) async throws(EngineError) -> HTTPClientResponse.Body {
    let request = request(method, path, query: query, body: nil)
    let response = try await mapped { [client] in
      try await client.execute(request, timeout: TimeAmount(EngineLimits.answerTime))
    }
    guard response.status.code == 200 else {
      let bytes = try await mapped {
        try await response.body.collect(upTo: EngineLimits.streamLineBytes)
      }
      throw fail(
        DockerAnswer(
          status: response.status.code, body: Data(bytes.readableBytesView), date: nil))
    }
    return response.body
  }

  /// Closes every connection.
  func shutdown() async {
    try? await client.shutdown()
  }

  private func request(
    _ method: HTTPMethod, _ path: String, query: [String: String], body: Data?
  ) -> HTTPClientRequest {
    var url = address.base + path
    if !query.isEmpty {
      // Engines read "+" as a blank, so everything but letters and digits is escaped.
      let pairs = query.sorted { $0.key < $1.key }.map { name, value in
        name + "=" + (value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
      }
      url += "?" + pairs.joined(separator: "&")
    }
    var request = HTTPClientRequest(url: url)
    request.method = method
    request.headers.add(name: "Host", value: "docker")
    if let body {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(bytes: body))
    }
    return request
  }

  private func mapped<Result: Sendable>(
    _ body: @Sendable () async throws -> Result
  ) async throws(EngineError) -> Result {
    do { return try await body() } catch { throw self.error(from: error) }
  }

  /// The one place where the HTTP client's errors become the engine's.
  func error(from error: any Error) -> EngineError {
    if let error = error as? EngineError { return error }
    if error is CancellationError || error as? HTTPClientError == .cancelled || Task.isCancelled {
      return EngineError(.cancelled, "cancelled")
    }
    if error is NIOTooManyBytesError {
      return EngineError(.malformed, "the engine's answer is larger than allowed")
    }
    return EngineError(
      .unreachable, "the container engine at \(address) does not answer (\(error))")
  }
}

extension TimeAmount {
  fileprivate init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
