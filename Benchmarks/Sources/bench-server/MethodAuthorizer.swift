import Messages
import RPCServer
import Wire

/// Lets every known caller call one service, by a table of its methods.
struct MethodAuthorizer: Authorizer {
  private let service: String
  private let leave = Leave()
  private static let kept = Duration.seconds(60)

  init(_ service: ServiceDescriptor) { self.service = service.name }

  private final class Leave: Permit {}

  func known(method: MethodDescriptor, caller: (any CallerIdentity)?) -> Known<any Permit> {
    guard caller != nil, method.service == service else { return .unknown }
    return .value(leave, keep: Self.kept)
  }

  func authorize(
    method: MethodDescriptor, caller: (any CallerIdentity)?
  ) async throws(RPCStatus) -> (any Permit)? {
    throw RPCStatus(.permissionDenied, "only known callers may call \(method.path)")
  }
}
