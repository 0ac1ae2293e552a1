import Messages
import Wire

/// The older surface's names for what the RPCs name, in what an RPC says about a request.
enum OlderNames {
  /// Fields of requests, by the RPC's name for them.
  private static let fields: [String: (name: String, unit: AmountUnit?)] = [
    "capacity.cpu_millis": ("cpu_size", .cores), "cpu_millis": ("cpu_size", .cores),
    "capacity.memory_bytes": ("ram_size", .gibibytes), "memory_bytes": ("ram_size", .gibibytes),
    "capacity.gpu_millis": ("gpu_size", .devices), "gpu_millis": ("gpu_size", .devices),
    "resources.cpu_millis": ("required_cpu", .cores),
    "resources.memory_bytes": ("required_ram", .gibibytes),
    "resources.gpu_millis": ("required_gpu", .devices),
    "image": ("docker_image", nil),
  ]

  static func problem(_ violation: FieldViolation, place: String) -> FieldProblem {
    let known = fields[violation.field]
    let words = known?.unit.map { inUnit($0, violation.description) } ?? violation.description
    return FieldProblem(
      location: [place, known?.name ?? violation.field], message: words, type: "value_error")
  }

  /// The words with each number, which counts in the RPC's unit, in the caller's.
  private static func inUnit(_ unit: AmountUnit, _ words: String) -> String {
    words.split(separator: " ", omittingEmptySubsequences: false).map { word in
      Int64(word).map { unit.text(of: $0) } ?? String(word)
    }.joined(separator: " ")
  }

  // MARK: States

  /// The names of states, with all that each stands for.
  static let states: [(name: String, states: [DeploymentState])] = [
    ("queued", [.queued, .scheduled]),
    ("running", [.starting, .running]),
    ("completed", [.completed]),
    ("failed", [.failed]),
    ("cancelled", [.cancelled]),
  ]

  static func name(of state: DeploymentState) -> String {
    states.first { $0.states.contains(state) }?.name ?? "unknown"
  }
}
