import RPCClient

extension DeploymentState {
  /// "RUNNING", for people; unknown numbers as they came.
  var shortName: String {
    guard let name else { return "\(rawValue)" }
    return String(name.dropFirst("DEPLOYMENT_STATE_".count))
  }

  var colouredName: String {
    guard let colour else { return shortName }
    return Terminal.coloured(shortName, colour)
  }

  /// What it is told in; nil: in none.
  var colour: Terminal.Colour? {
    switch self {
    case .running: .green
    case .completed: .blue
    case .failed: .red
    case .queued, .scheduled, .starting: .yellow
    default: nil
    }
  }

  var isFinal: Bool { self == .completed || self == .failed || self == .cancelled }

  /// Reads "running" or "RUNNING".
  init?(shortName: String) {
    self.init(name: "DEPLOYMENT_STATE_\(shortName.uppercased())")
    if self == .unspecified { return nil }
  }
}
