/// A part of the older surface.
struct EndpointTag {
  let name: String
  let words: String

  static let all = [
    EndpointTag(name: "core", words: "The server itself. Older surface."),
    EndpointTag(name: "user", words: "Signing up and logging in. Older surface."),
    EndpointTag(name: "organization", words: "Organizations and their members. Older surface."),
    EndpointTag(name: "cluster", words: "Clusters. Older surface."),
    EndpointTag(name: "deployment", words: "Deployments. Older surface."),
  ]

  /// The name of the tag of a path: its first part.
  static func name(of path: String) -> String {
    path.split(separator: "/").first.map(String.init) ?? ""
  }
}
