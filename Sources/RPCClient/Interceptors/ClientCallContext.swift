public import Messages
public import Wire

/// One attempt of a call as interceptors see it.
public struct ClientCallContext: Sendable {
  public let method: MethodDescriptor
  /// Where the channel connects to.
  public let target: Target
  /// 1 for the first; retries and hedges count on.
  public let attempt: Int
  /// What goes with this attempt. Each attempt begins with the call's own.
  public var metadata: Metadata
  /// How this attempt says who calls.
  public var credentials: CallOptions.Credentials
  /// Whether it waits for a connection rather than fail when none can be made.
  public var waitForReady: Bool
  /// When the attempt ends at the latest; nil: never. Later than the call's own is as the call's.
  public var deadline: ContinuousClock.Instant?
  private var attachments: [ObjectIdentifier: any Sendable] = [:]

  init(_ plan: CallPlan, attempt: Int, deadline: ContinuousClock.Instant?) {
    method = plan.method
    target = plan.core.target
    self.attempt = attempt
    metadata = plan.metadata
    credentials = plan.options.credentials
    waitForReady = plan.waitsForReady
    self.deadline = deadline
  }

  /// Keeps a value from `begin` to `end`: one of each type.
  public mutating func attach<Value: Sendable>(_ value: Value) {
    attachments[ObjectIdentifier(Value.self)] = value
  }

  /// What was attached of this type.
  public func attached<Value: Sendable>(_ type: Value.Type) -> Value? {
    attachments[ObjectIdentifier(type)] as? Value
  }
}
