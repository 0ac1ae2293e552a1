import RPCClient

/// What a row of a pane stands for.
enum TopRow {
  case cluster(Cluster)
  case deployment(Deployment)
  /// One that waits, with its place among all that are shown.
  case waiting(Deployment, place: Int)
  case shard(GetSchedulerResponse.Shard)

  var id: String {
    switch self {
    case .cluster(let cluster): cluster.id
    case .deployment(let deployment), .waiting(let deployment, _): deployment.id
    case .shard(let shard): "\(shard.shard)"
    }
  }
}

/// An order that rows can be in.
struct TopSort {
  let name: String
  let isBefore: (TopRow, TopRow) -> Bool

  init(_ name: String, isBefore: @escaping (TopRow, TopRow) -> Bool) {
    self.name = name
    self.isBefore = isBefore
  }

  /// By a value of clusters, the largest first.
  static func clusters(_ name: String, by value: @escaping (Cluster) -> Double) -> TopSort {
    TopSort(name) { a, b in
      guard case .cluster(let a) = a, case .cluster(let b) = b else { return false }
      return (value(b), a.name, a.id) < (value(a), b.name, b.id)
    }
  }

  static func deployments(
    _ name: String, isBefore: @escaping (Deployment, Deployment) -> Bool
  ) -> TopSort {
    TopSort(name) { a, b in
      guard let a = a.deployment, let b = b.deployment else { return false }
      if isBefore(a, b) { return true }
      // Equal ones keep their places from one frame to the next.
      return isBefore(b, a) ? false : a.id < b.id
    }
  }
}

extension TopRow {
  var deployment: Deployment? {
    switch self {
    case .deployment(let deployment), .waiting(let deployment, _): deployment
    case .cluster, .shard: nil
    }
  }
}
