/// What a container printed, chunk by chunk. It is read as fast as its reader asks, not faster, and
/// can be read once.
package struct LogStream: AsyncSequence {
  package typealias Element = LogChunk
  package typealias Failure = EngineError

  private let source: any LogSource

  package init(_ source: any LogSource) { self.source = source }

  package func makeAsyncIterator() -> Iterator { Iterator(source: source) }

  package struct Iterator: AsyncIteratorProtocol {
    fileprivate let source: any LogSource

    package mutating func next() async throws(EngineError) -> LogChunk? {
      try await source.next()
    }

    package mutating func next(
      isolation: isolated (any Actor)?
    ) async throws(EngineError) -> LogChunk? {
      try await source.next()
    }
  }
}
