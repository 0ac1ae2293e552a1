/// The names and numbers of an enum type.
public struct EnumDescriptor: Sendable {
  /// One name and its number.
  public struct Value: Sendable, Hashable {
    public let name: String
    public let number: Int32

    public init(name: String, number: Int32) {
      self.name = name
      self.number = number
    }
  }

  /// `berth.v1.DeploymentState`.
  public let fullName: String
  /// In the order of the .proto; the first is the default.
  public let values: [Value]

  public init(fullName: String, values: [Value]) {
    self.fullName = fullName
    self.values = values
  }
}
