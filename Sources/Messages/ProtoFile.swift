/// A .proto file as protoc understood it, for reflection. Made by the generator.
public struct ProtoFile: Sendable, Hashable {
  /// As imports name it: `berth/v1/users.proto`.
  public let name: String
  /// The files that it imports.
  public let dependencies: [ProtoFile]
  private let base64: String

  /// - Parameter base64: a google.protobuf.FileDescriptorProto.
  public init(name: String, dependencies: [ProtoFile] = [], base64: String) {
    self.name = name
    self.dependencies = dependencies
    self.base64 = base64
  }

  /// The google.protobuf.FileDescriptorProto, encoded. Decoded anew each time.
  public var descriptor: [UInt8] {
    guard let bytes = Base64.decode(base64) else {
      preconditionFailure("the descriptor of \(name) is not what the generator wrote")
    }
    return bytes
  }

  /// The file and all that it imports, directly or not, each once, the file first.
  public var closure: [ProtoFile] {
    var found = [self]
    var names: Set<String> = [name]
    var next = 0
    while next < found.count {
      found += found[next].dependencies.filter { names.insert($0.name).inserted }
      next += 1
    }
    return found
  }

  public static func == (lhs: ProtoFile, rhs: ProtoFile) -> Bool { lhs.name == rhs.name }

  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
