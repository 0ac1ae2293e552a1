public import Wire

/// A token that does not change: an API key, an agent's token.
public struct FixedCredentials: CredentialsProvider {
  private let token: String

  public init(_ token: String) { self.token = token }

  public func token(for channel: Channel) async throws(RPCStatus) -> String? { token }
}
