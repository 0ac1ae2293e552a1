/// A service and its methods.
public struct ServiceDescriptor: Sendable, Hashable {
  /// `berth.v1.UserService`.
  public let name: String
  /// In the order of the .proto.
  public let methods: [MethodDescriptor]

  public init(name: String, methods: [MethodDescriptor]) {
    self.name = name
    self.methods = methods
  }
}

extension Services {
  /// The method of a path such as `berth.v1.UserService/CreateUser`; a leading slash is fine.
  public static func method(path: String) -> MethodDescriptor? {
    let path = path.hasPrefix("/") ? path.dropFirst() : path[...]
    return all.lazy.flatMap(\.methods).first { $0.path == path }
  }
}
