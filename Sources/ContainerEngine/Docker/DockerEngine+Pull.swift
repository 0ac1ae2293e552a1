import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1

/// Fetching images.
extension DockerEngine {
  /// Fetches an image. Throws `imageNotFound` where its registry says that there is none or that it
  /// is not for us, `failed` where the registry could not be asked.
  func pull(_ image: String) async throws(EngineError) {
    guard options.pull == .missing else {
      throw EngineError(
        .imageNotFound, "image \(image) is not on this host, and pulling is off (--pull never)")
    }
    logger.info("pulling image", metadata: ["image": "\(image)"])
    let reference = ImageReference(image)
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await self.pullToEnd(reference, image: image) }
        group.addTask {
          try await Task.sleep(for: EngineLimits.pullTime)
          throw EngineError(.failed, "fetching image \(image) took too long")
        }
        defer { group.cancelAll() }
        try await group.next()
      }
    } catch {
      throw http.error(from: error)
    }
  }

  /// The engine answers at once and then tells its progress, or its failure, line by line.
  private func pullToEnd(
    _ reference: ImageReference, image: String
  ) async throws(EngineError) {
    let body = try await http.open(
      .POST, prefix + "/images/create",
      query: ["fromImage": reference.name, "tag": reference.tag],
      orThrow: { Self.pullFailure(image, $0.message, status: $0.status) })
    var splitter = LineSplitter()
    var chunks = body.makeAsyncIterator()
    while true {
      let chunk: ByteBuffer?
      do { chunk = try await chunks.next() } catch { throw http.error(from: error) }
      guard let chunk else { break }
      for line in try splitter.feed(chunk.readableBytesView) {
        try Self.check(line, image: image)
      }
    }
    if let line = splitter.finish() { try Self.check(line, image: image) }
  }

  private static func check(_ line: [UInt8], image: String) throws(EngineError) {
    let progress = try? JSONDecoder().decode(DockerMessages.PullProgress.self, from: Data(line))
    if let problem = progress?.error { throw pullFailure(image, problem, status: 200) }
  }

  static func pullFailure(_ image: String, _ message: String, status: UInt) -> EngineError {
    let signs = [
      "not found", "manifest unknown", "pull access denied", "does not exist",
      "invalid reference", "unauthorized", "no basic auth", "no matching manifest",
    ]
    let lowercase = message.lowercased()
    if status == 404 || status == 400 || signs.contains(where: { lowercase.contains($0) }) {
      return EngineError(.imageNotFound, "image \(image) was not found: \(message)")
    }
    return EngineError(
      .failed, "image \(image) is not on this host and could not be fetched: \(message)")
  }
}
