package import Wire

/// What an agent tells of itself, and to whom.
package struct AgentOptions: Sendable {
  /// The agent's release.
  package var version: String
  /// Random, new at each start.
  package var instanceID: String
  /// How many containers are kept for their output after the server has settled them.
  package var retainedContainers: Int
  /// Where spans of its work go; nil: nowhere.
  package var spans: (any SpanSink)?

  package init(
    version: String, instanceID: String = AgentOptions.randomInstanceID(),
    retainedContainers: Int = AgentLimits.retainedContainers, spans: (any SpanSink)? = nil
  ) {
    self.version = version
    self.instanceID = instanceID
    self.retainedContainers = retainedContainers
    self.spans = spans
  }

  /// 128 random bits in hexadecimal.
  package static func randomInstanceID() -> String {
    (0..<16).map { _ in
      let text = String(UInt8.random(in: .min ... .max), radix: 16)
      return text.count == 1 ? "0" + text : text
    }.joined()
  }
}
