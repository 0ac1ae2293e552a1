/// Who calls, as an authenticator tells it. A class, so that a call carries it for the price of a
/// reference; one value stands for many calls.
public protocol CallerIdentity: AnyObject, Sendable {
  /// What a log may say of the caller: a name, never a secret.
  var callerName: String { get }
}
