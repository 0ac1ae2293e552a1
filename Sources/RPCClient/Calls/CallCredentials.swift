/// How one attempt says who calls.
enum CallCredentials: Sendable {
  /// By the connection's token, which becomes this one.
  case connection(String?)
  /// By a token in its metadata.
  case call(String)
  case none

  /// The token, for telling its provider that it was refused.
  var channelToken: String? {
    if case .connection(let token) = self { return token }
    return nil
  }
}
