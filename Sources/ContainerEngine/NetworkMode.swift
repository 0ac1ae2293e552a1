/// Which network containers are put on.
package enum NetworkMode: Hashable, Sendable, CustomStringConvertible {
  /// Whatever the engine does by itself, usually its bridge.
  case `default`
  case none
  case host
  /// A network of the engine, by name.
  case named(String)

  /// Reads "default", "none", "host", or a network's name. Nil for an empty one.
  package init?(_ text: String) {
    switch text {
    case "": return nil
    case "default", "bridge": self = .default
    case "none": self = .none
    case "host": self = .host
    default: self = .named(text)
    }
  }

  package var description: String {
    switch self {
    case .default: "default"
    case .none: "none"
    case .host: "host"
    case .named(let name): name
    }
  }
}
