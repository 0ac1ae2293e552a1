import AsyncHTTPClient
import NIOCore

/// A container's output, read from the engine as fast as it is asked for.
final class DockerLogSource: LogSource {
  private let http: DockerHTTP
  private var body: HTTPClientResponse.Body.AsyncIterator
  private var demultiplexer = LogDemultiplexer()
  /// Chunks of the piece that was read last: at most what one read brought.
  private var ready: [LogChunk] = []
  private var position = 0

  init(body: HTTPClientResponse.Body, http: DockerHTTP) {
    self.body = body.makeAsyncIterator()
    self.http = http
  }

  func next() async throws(EngineError) -> LogChunk? {
    while position == ready.count {
      ready.removeAll(keepingCapacity: true)
      position = 0
      let bytes: ByteBuffer?
      do { bytes = try await body.next(isolation: #isolation) } catch {
        throw http.error(from: error)
      }
      guard let bytes else { return nil }
      try demultiplexer.feed(bytes.readableBytesView, take)
    }
    position += 1
    return ready[position - 1]
  }

  /// A container that prints line by line makes many small frames of one read: joined, they travel
  /// as one.
  private func take(_ chunk: LogChunk) {
    if let last = ready.last, last.stream == chunk.stream,
      last.bytes.count + chunk.bytes.count <= EngineLimits.logChunkBytes
    {
      ready[ready.count - 1].bytes += chunk.bytes
    } else {
      ready.append(chunk)
    }
  }
}
