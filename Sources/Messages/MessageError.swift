/// Why bytes or JSON text are not a message of the type asked for.
public struct MessageError: Error, Sendable, Hashable {
  /// The dotted path of the field, in the .proto's names: `deployment.env["PATH"]`,
  /// `deployments[3].name`. Empty: the message as a whole.
  public var field: String
  /// What is wrong with it, to be read after the field's name: "holds a NUL character".
  public var problem: String

  public init(field: String = "", problem: String) {
    self.field = field
    self.problem = problem
  }

  /// `env["PATH"]`; a key that a peer sent is cut to 64 characters.
  static func entry(of field: String, key: some CustomStringConvertible) -> String {
    "\(field)[\"\(key.description.prefix(64))\"]"
  }

  /// The same error seen from the message that holds it in `outer`.
  public func within(_ outer: String) -> MessageError {
    let path =
      field.isEmpty ? outer : field.hasPrefix("[") ? outer + field : "\(outer).\(field)"
    return MessageError(field: path, problem: problem)
  }
}

extension MessageError: CustomStringConvertible {
  public var description: String {
    field.isEmpty ? "the message \(problem)" : "\(field) \(problem)"
  }
}
