/// A service and its methods.
public struct ServiceDescriptor: Sendable, Hashable {
  /// `berth.v1.UserService`.
  public let name: String
  /// In the order of the .proto.
  public let methods: [MethodDescriptor]

  /// The .proto file that it is from; nil: none that is known.
  public let file: ProtoFile?

  public init(name: String, methods: [MethodDescriptor], file: ProtoFile? = nil) {
    self.name = name
    self.methods = methods
    self.file = file
  }
}

extension Services {
  /// The method of a path such as `berth.v1.UserService/CreateUser`; a leading slash is fine.
  public static func method(path: String) -> MethodDescriptor? {
    let path = path.hasPrefix("/") ? path.dropFirst() : path[...]
    return all.lazy.flatMap(\.methods).first { $0.path == path }
  }
}
