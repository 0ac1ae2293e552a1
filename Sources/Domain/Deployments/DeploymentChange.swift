/// What a caller changes of a deployment that is queued, unchecked; nil: stays as it is.
package struct DeploymentChange: Sendable, Equatable {
  /// A bare priority: the deployment leaves its class.
  package var priority: Int?
  package var priorityClass: String?
  package var resources: RequestedResources?
  /// Empty: any model.
  package var gpuModels: [String]?
  package var timeToLive: Limit<Duration>?
  package var startBy: Limit<Instant>?

  /// A limit that may be taken away.
  package enum Limit<Value: Sendable & Equatable>: Sendable, Equatable {
    case none
    case at(Value)

    var value: Value? {
      switch self {
      case .none: nil
      case .at(let value): value
      }
    }
  }

  package init() {}

  package var isEmpty: Bool { self == DeploymentChange() }
}
