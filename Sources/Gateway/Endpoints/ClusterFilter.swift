import Messages

/// The bounds by which clusters are listed. Each excludes the bound itself.
struct ClusterFilter: Sendable {
  private struct Dimension: Sendable {
    let name: String
    let kind: InputField.Kind
    let value: @Sendable (Cluster) -> Int64
  }

  private struct Bound: Sendable {
    let isUpper: Bool
    let limit: Int64
    let value: @Sendable (Cluster) -> Int64

    func contains(_ cluster: Cluster) -> Bool {
      isUpper ? value(cluster) < limit : value(cluster) > limit
    }
  }

  private static let dimensions = [
    Dimension(name: "created_at", kind: .time) { $0.createdAt?.microseconds ?? 0 },
    Dimension(name: "updated_at", kind: .time) { $0.updatedAt?.microseconds ?? 0 },
    Dimension(name: "cpu_size", kind: .amount(.cores)) { $0.capacity?.cpuMillis ?? 0 },
    Dimension(name: "ram_size", kind: .amount(.gibibytes)) { $0.capacity?.memoryBytes ?? 0 },
    Dimension(name: "gpu_size", kind: .amount(.devices)) { $0.capacity?.gpuMillis ?? 0 },
  ]

  static let fields: [InputField] = dimensions.flatMap { dimension in
    [
      .optional("\(dimension.name)_less_than", dimension.kind, "Only those below this."),
      .optional("\(dimension.name)_greater_than", dimension.kind, "Only those above this."),
    ]
  }

  private let bounds: [Bound]

  init(_ input: EndpointInput) {
    bounds = Self.dimensions.flatMap { dimension in
      [("less_than", true), ("greater_than", false)].compactMap { ending, isUpper in
        let name = "\(dimension.name)_\(ending)"
        return (input.amount(name) ?? input.time(name)).map {
          Bound(isUpper: isUpper, limit: $0, value: dimension.value)
        }
      }
    }
  }

  func matches(_ cluster: Cluster) -> Bool { bounds.allSatisfy { $0.contains(cluster) } }
}
