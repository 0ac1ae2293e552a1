public import Wire

/// Adds metadata to every call: a tenant, a client's version, a trace. What a call brings itself
/// under the same key stays alone.
public struct MetadataInterceptor: ClientInterceptor {
  private let metadata: @Sendable (ClientCallContext) -> Metadata

  /// The same for all calls.
  public init(_ metadata: Metadata) {
    self.metadata = { _ in metadata }
  }

  /// Made anew for each attempt.
  public init(_ metadata: @escaping @Sendable (ClientCallContext) -> Metadata) {
    self.metadata = metadata
  }

  public func begin(_ call: inout ClientCallContext) async throws(RPCStatus) {
    let own = call.metadata
    for entry in metadata(call).entries where own.bytes(for: entry.key) == nil {
      call.metadata.append(entry.value, for: entry.key)
    }
  }
}
