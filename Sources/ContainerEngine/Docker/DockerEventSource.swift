import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A cluster's events: a snapshot, then what the engine's event stream tells, each looked up anew,
/// so that an event that comes late or twice does no harm.
final class DockerEventSource: EngineEventSource {
  private let engine: DockerEngine
  private let cluster: String
  private var body: HTTPClientResponse.Body.AsyncIterator
  private var splitter = LineSplitter()
  private var lines: [[UInt8]] = []
  private var position = 0
  private var hasSnapshot = false

  init(engine: DockerEngine, cluster: String, body: HTTPClientResponse.Body) {
    self.engine = engine
    self.cluster = cluster
    self.body = body.makeAsyncIterator()
  }

  func next() async throws(EngineError) -> EngineEvent {
    if !hasSnapshot {
      let records = try await engine.list(cluster: cluster)
      hasSnapshot = true
      return .snapshot(records)
    }
    while true {
      while position < lines.count {
        position += 1
        if let event = try await event(from: lines[position - 1]) { return event }
      }
      position = 0
      let bytes: ByteBuffer?
      do { bytes = try await body.next(isolation: #isolation) } catch {
        throw engine.http.error(from: error)
      }
      guard let bytes else {
        throw EngineError(.unreachable, "the container engine ended its event stream")
      }
      lines = try splitter.feed(bytes.readableBytesView)
    }
  }

  private func event(from line: [UInt8]) async throws(EngineError) -> EngineEvent? {
    guard let event = try? JSONDecoder().decode(DockerMessages.Event.self, from: Data(line)),
      let key = DockerEngine.key(of: event.actor.attributes)
    else { return nil }
    if event.action == "destroy" { return .removed(key) }
    do throws(EngineError) { return .changed(try await engine.inspect(key)) } catch {
      if error.code == .notFound { return .removed(key) }
      throw error
    }
  }
}

extension DockerEngine {
  package func events(cluster: String) async throws(EngineError) -> sending any EngineEventSource {
    // Docker begins to collect events a moment after it answered. Asking also for those since just
    // before leaves no gap; the time is the engine's own, whose clock need not be ours.
    let before = try await http.call(.GET, "/_ping")
    guard before.isSuccess else { throw before.failure("asking the engine's time") }
    let since = Self.seconds(fromDate: before.date).map { $0 - 1 }
    let filters: [String: [String]] = [
      "type": ["container"], "event": ["die", "destroy"],
      "label": ["\(Label.cluster)=\(cluster)"],
    ]
    guard let text = try? String(decoding: JSONEncoder().encode(filters), as: UTF8.self) else {
      throw EngineError(.refused, "cluster \(cluster) cannot be written as JSON")
    }
    var query = ["filters": text]
    if let since { query["since"] = "\(since)" }
    let body = try await http.open(
      .GET, prefix + "/events", query: query, orThrow: { $0.failure("following events") })
    return DockerEventSource(engine: self, cluster: cluster, body: body)
  }

  /// Seconds since 1970 of an HTTP date.
  static func seconds(fromDate text: String?) -> Int64? {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "GMT")
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    return text.flatMap(format.date).map { Int64($0.timeIntervalSince1970) }
  }
}
