import RPCClient

extension DeploymentState {
  /// "RUNNING", for people; unknown numbers as they came.
  var shortName: String {
    guard let name else { return "\(rawValue)" }
    return String(name.dropFirst("DEPLOYMENT_STATE_".count))
  }

  var colouredName: String {
    switch self {
    case .running: Terminal.coloured(shortName, .green)
    case .completed: Terminal.coloured(shortName, .blue)
    case .failed: Terminal.coloured(shortName, .red)
    case .queued, .scheduled, .starting: Terminal.coloured(shortName, .yellow)
    default: shortName
    }
  }

  var isFinal: Bool { self == .completed || self == .failed || self == .cancelled }

  /// Reads "running" or "RUNNING".
  init?(shortName: String) {
    self.init(name: "DEPLOYMENT_STATE_\(shortName.uppercased())")
    if self == .unspecified { return nil }
  }
}
