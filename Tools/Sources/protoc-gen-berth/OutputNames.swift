/// What the generated files are called: after the .proto file alone, or after its path where
/// several have the same name, as a Swift module has no two files of one name.
struct OutputNames {
  private let pathsByStem: [String: Int]

  init(_ paths: [String]) {
    pathsByStem = Dictionary(paths.map { (Self.stem(of: $0), 1) }, uniquingKeysWith: +)
  }

  /// `berth/v1/users.proto` -> `users.pb.swift`, or `berth_v1_users.pb.swift`.
  func name(of path: String, _ mode: GeneratorOptions.Mode) -> String {
    let short = Self.stem(of: path)
    let stem =
      pathsByStem[short, default: 1] == 1
      ? short : path.split(separator: "/").dropLast().joined(separator: "_") + "_" + short
    switch mode {
    case .messages: return "\(stem).pb.swift"
    case .client: return "\(stem).client.swift"
    case .server: return "\(stem).server.swift"
    }
  }

  private static func stem(of path: String) -> String {
    let base = path.split(separator: "/").last.map(String.init) ?? path
    return base.hasSuffix(".proto") ? String(base.dropLast(6)) : base
  }
}
