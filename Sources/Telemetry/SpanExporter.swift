import AsyncHTTPClient
import Foundation
package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
package import Wire

/// Sends spans to a collector, a batch at a time, as OTLP's JSON over HTTP. It runs on a thread of
/// its own and on the shared pool: nobody who records a span waits for it.
package final class SpanExporter: Sendable {
  /// Where spans are recorded.
  package let queue = SpanQueue()
  package let settings: TelemetrySettings
  private let version: String
  private let logger: Logger
  private let group: MultiThreadedEventLoopGroup
  private let client: HTTPClient
  private let isStopping = Atomic(false)

  package init(_ settings: TelemetrySettings, version: String, logger: Logger) {
    self.settings = settings
    self.version = version
    self.logger = logger
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout.connect = .nanoseconds(TelemetryLimits.connectTimeout.nanoseconds)
    client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
  }

  package var sampler: TraceSampler { settings.sampler }

  /// Sends until `stop` is called, then what is left; leaves that where the task is cancelled. To
  /// be called once; the exporter is over when it returns.
  package func run() async {
    var report = LossReport(logger: logger)
    var last = ContinuousClock.now
    while !isStopping.load(ordering: .relaxed), !Task.isCancelled {
      try? await Task.sleep(for: TelemetryLimits.tick)
      let now = ContinuousClock.now
      let isDue = now - last >= settings.delay
      guard isDue || queue.count >= TelemetryLimits.spansPerRequest else { continue }
      last = now
      await sendAll(&report)
    }
    await sendAll(&report)
    report.end()
    try? await client.shutdown()
    try? await group.shutdownGracefully()
  }

  /// What is under way is not given up for it.
  package func stop() { isStopping.store(true, ordering: .relaxed) }

  private func sendAll(_ report: inout LossReport) async {
    // As many as there are now: what comes meanwhile is for the next time.
    var left = queue.count
    repeat {
      let (spans, dropped) = queue.take(TelemetryLimits.spansPerRequest)
      if dropped > 0 { report.lost(dropped, "more were recorded than the collector takes") }
      guard !spans.isEmpty else { return }
      left -= spans.count
      if let problem = await send(spans) {
        report.lost(spans.count, problem)
      } else if dropped == 0 {
        report.recovered()
      }
    } while left > 0 && !Task.isCancelled
  }

  /// Nil: the collector has them.
  private func send(_ spans: [Span]) async -> String? {
    let document = OTLPDocument.traces(
      spans, resource: settings.resource, scopeVersion: version)
    var pause = TelemetryLimits.firstPause
    var attempt = 1
    while true {
      let answer = await post(document)
      guard case .again(let problem, let after) = answer else {
        if case .refused(let problem) = answer { return problem }
        return nil
      }
      guard attempt < TelemetryLimits.attempts, !Task.isCancelled else { return problem }
      attempt += 1
      let wait = min(
        max(after ?? .zero, pause * Double.random(in: 0.5...1)), TelemetryLimits.longestPause)
      pause = min(pause * 2, TelemetryLimits.longestPause)
      do { try await Task.sleep(for: wait) } catch { return problem }
    }
  }

  private enum Answer {
    case taken
    case refused(String)
    /// - Parameter after: as the collector asks.
    case again(String, after: Duration?)
  }

  private func post(_ document: String) async -> Answer {
    var request = HTTPClientRequest(url: settings.endpoint.absoluteString)
    request.method = .POST
    request.headers.add(name: "content-type", value: "application/json")
    for header in settings.headers { request.headers.add(name: header.name, value: header.value) }
    request.body = .bytes(Array(document.utf8))
    do {
      let response = try await client.execute(
        request, timeout: .nanoseconds(settings.timeout.nanoseconds))
      let body = try? await response.body.collect(upTo: TelemetryLimits.answerBytes)
      switch response.status.code {
      case 200..<300: return Self.partial(body).map { .refused($0) } ?? .taken
      case 429, 502, 503, 504:
        return .again(
          "the collector answers \(response.status.code)", after: Self.delay(response.headers))
      default: return .refused("the collector answers \(response.status.code)")
      }
    } catch {
      return .again("the collector cannot be reached: \(error)", after: nil)
    }
  }

  /// A collector may take a part alone, and say so.
  private static func partial(_ body: ByteBuffer?) -> String? {
    struct Response: Decodable {
      struct Partial: Decodable {
        let rejectedSpans: Count?
        let errorMessage: String?
      }
      let partialSuccess: Partial?
    }
    guard let body, body.readableBytes > 0,
      let response = try? JSONDecoder().decode(Response.self, from: Data(body.readableBytesView)),
      let partial = response.partialSuccess, let count = partial.rejectedSpans?.value, count > 0
    else { return nil }
    return "the collector refuses \(count): \(partial.errorMessage ?? "")"
  }

  /// A 64-bit number, which JSON has as a text.
  private struct Count: Decodable {
    let value: Int64

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int64.self) {
        value = number
      } else {
        value = Int64(try container.decode(String.self)) ?? 0
      }
    }
  }

  private static func delay(_ headers: HTTPHeaders) -> Duration? {
    headers.first(name: "retry-after").flatMap { Int64($0) }.map { .seconds(min(max($0, 0), 60)) }
  }
}

/// Tells that spans are lost, once, and how many it were when that is over.
private struct LossReport {
  let logger: Logger
  private var lost = 0

  init(logger: Logger) { self.logger = logger }

  mutating func lost(_ count: Int, _ problem: String) {
    if lost == 0 { logger.warning("spans are lost", metadata: ["reason": "\(problem)"]) }
    lost += count
  }

  mutating func recovered() {
    guard lost > 0 else { return }
    logger.notice("spans are taken again", metadata: ["lost": "\(lost)"])
    lost = 0
  }

  func end() {
    if lost > 0 { logger.warning("spans were lost", metadata: ["lost": "\(lost)"]) }
  }
}

extension Duration {
  fileprivate var nanoseconds: Int64 {
    components.seconds &* 1_000_000_000 &+ components.attoseconds / 1_000_000_000
  }
}
