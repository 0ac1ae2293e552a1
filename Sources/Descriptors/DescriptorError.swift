/// What makes a descriptor of no use.
package enum DescriptorError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The bytes are no FileDescriptorProto, or one beyond `DescriptorLimits`.
  case malformed(String)
  /// It uses a part of the language that is not printed: groups, editions.
  case unsupported(String)
  /// A symbol that none of the files has.
  case unknown(String)

  package var description: String {
    switch self {
    case .malformed(let what): "the descriptor is malformed: \(what)"
    case .unsupported(let what): "\(what) cannot be shown"
    case .unknown(let symbol): "no file has \(symbol)"
    }
  }
}
