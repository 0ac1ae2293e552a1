/// A piece of a container's output.
package struct ContainerLogChunk: Sendable, Equatable {
  package enum Source: Sendable, Equatable {
    case stdout, stderr
  }

  package var source: Source
  package var data: [UInt8]
  package var attempt: Int

  package init(source: Source, data: [UInt8], attempt: Int) {
    self.source = source
    self.data = data
    self.attempt = attempt
  }
}

/// A piece of output as the agent sends it.
package struct AgentLogChunk: Sendable, Equatable {
  package var request: LogRequestID
  package var chunk: ContainerLogChunk
  /// The last one of its request.
  package var isEnd: Bool
  /// With `isEnd`: why it ended early; empty: all was sent.
  package var error: String

  package init(
    request: LogRequestID, chunk: ContainerLogChunk, isEnd: Bool = false, error: String = ""
  ) {
    self.request = request
    self.chunk = chunk
    self.isEnd = isEnd
    self.error = error
  }
}

package enum AgentLogsError: Error, Sendable, Equatable {
  /// Another replica has the agent: ask it.
  case elsewhere(AgentLocation)
  case failed(DomainError)
}

/// The output of one container, as it comes. Iterate it once; dropping it tells the agent to stop.
package struct ContainerLogs: AsyncSequence, Sendable {
  package typealias Element = ContainerLogChunk

  private let handle: Handle

  init(buffer: LogBuffer, onDrop: @escaping @Sendable () -> Void) {
    handle = Handle(buffer: buffer, onDrop: onDrop)
  }

  package func makeAsyncIterator() -> Iterator { Iterator(handle: handle) }

  package struct Iterator: AsyncIteratorProtocol {
    fileprivate let handle: Handle

    /// Nil at the end and in a cancelled task. Throws `.unavailable` when the agent went away,
    /// `.resourceExhausted` when the reader was too slow.
    package mutating func next() async throws(DomainError) -> ContainerLogChunk? {
      try await handle.buffer.next()
    }

    package mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(DomainError) -> ContainerLogChunk? {
      try await handle.buffer.next()
    }
  }

  fileprivate final class Handle: Sendable {
    let buffer: LogBuffer
    private let onDrop: @Sendable () -> Void

    init(buffer: LogBuffer, onDrop: @escaping @Sendable () -> Void) {
      self.buffer = buffer
      self.onDrop = onDrop
    }

    deinit { onDrop() }
  }
}
