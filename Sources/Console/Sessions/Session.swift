package import RPCClient

/// Somebody who is signed in at the console.
package struct Session: Sendable {
  /// Unique in this process. Unlike the cookie's value it is no secret.
  package let number: UInt64
  /// Whose it is: the id of a user, a service account or an agent.
  package let account: String
  /// What a request that changes something must bring in a header: another site's page cannot read
  /// it.
  package let requestToken: String
  /// Whoever signed in, to berthd.
  package let credentials: any CredentialsProvider

  package init(
    number: UInt64, account: String, requestToken: String, credentials: any CredentialsProvider
  ) {
    self.number = number
    self.account = account
    self.requestToken = requestToken
    self.credentials = credentials
  }
}
