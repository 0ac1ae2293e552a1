package import ContainerEngine

/// The server's wish for a container's output.
package struct LogOrder: Hashable, Sendable {
  package var requestID: String
  package var key: ContainerKey
  package var query: LogQuery

  package init(requestID: String, key: ContainerKey, query: LogQuery) {
    self.requestID = requestID
    self.key = key
    self.query = query
  }
}
