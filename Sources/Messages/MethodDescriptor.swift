/// One method of a service: what routing, calling and `berth call` need to know.
public struct MethodDescriptor: Sendable {
  /// What a repeated call does, as the .proto's `idempotency_level` says.
  public enum Idempotency: Sendable, Hashable {
    case unknown
    case noSideEffects
    case idempotent
  }

  /// `berth.v1.UserService/CreateUser`, as it goes over the wire.
  public let path: String
  /// `berth.v1.UserService`.
  public let service: String
  /// `CreateUser`.
  public let name: String
  public let requestStreaming: Bool
  public let responseStreaming: Bool
  public let idempotency: Idempotency
  public let input: any Message.Type
  public let output: any Message.Type

  public init(
    service: String, name: String, requestStreaming: Bool, responseStreaming: Bool,
    idempotency: Idempotency, input: any Message.Type, output: any Message.Type
  ) {
    path = "\(service)/\(name)"
    self.service = service
    self.name = name
    self.requestStreaming = requestStreaming
    self.responseStreaming = responseStreaming
    self.idempotency = idempotency
    self.input = input
    self.output = output
  }
}

extension MethodDescriptor: Hashable {
  public static func == (lhs: MethodDescriptor, rhs: MethodDescriptor) -> Bool {
    lhs.path == rhs.path
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(path) }
}
