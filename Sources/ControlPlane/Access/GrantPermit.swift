internal import Domain
internal import RPCServer

/// A grant of the domain as the permit of a call.
final class GrantPermit: Permit {
  let grant: AccessGrant

  init(_ grant: AccessGrant) { self.grant = grant }
}
