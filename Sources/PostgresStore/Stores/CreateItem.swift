internal import Domain

/// One deployment to create. A class: it goes from hand to hand, and a deployment has many parts.
final class CreateItem: Sendable {
  let deployment: Deployment
  let idempotency: IdempotencyKey?

  init(deployment: Deployment, idempotency: IdempotencyKey?) {
    self.deployment = deployment
    self.idempotency = idempotency
  }

  /// The statement for all of them; one that comes alone has the plain one, a third faster.
  @Sendable static func call(_ items: [CreateItem]) -> CallGroup.Call {
    items.count == 1 ? items[0].call() : batch(items)
  }

  private func call() -> CallGroup.Call {
    CallGroup.Call(
      statement: .createOne,
      parameters: Parameters {
        $0.add(deployment.id)
        addRest(to: &$0)
      })
  }

  /// Of `createGang`: the deployments are alike but for their ids.
  static func parameters(gang members: [Deployment], idempotency: IdempotencyKey?) -> Parameters {
    Parameters {
      $0.add(members.map(\.id.value))
      CreateItem(deployment: members[0], idempotency: idempotency).addRest(to: &$0)
    }
  }

  /// What comes behind the identifier.
  private func addRest(to parameters: inout Parameters) {
    parameters.add(deployment.organization)
    parameters.add(deployment.requestedCluster)
    parameters.add(deployment.name)
    parameters.add(deployment.image)
    parameters.add(deployment.command)
    parameters.add(environmentPairs)
    parameters.add(deployment.request.cpu.value)
    parameters.add(deployment.request.memory.value)
    parameters.add(deployment.request.gpu.value)
    parameters.add(deployment.gpuModels)
    parameters.add(Int32(clamping: deployment.priority))
    parameters.add(Int32(clamping: deployment.maxAttempts))
    parameters.add(deployment.createdBy)
    parameters.add(deployment.createdAt)
    parameters.add(deployment.reason)
    parameters.add(idempotency?.key)
    if let digest = idempotency?.requestDigest { parameters.add(digest) } else { parameters.null() }
    parameters.add(deployment.terms.timeToLive?.microseconds)
    parameters.add(deployment.terms.startBy)
    parameters.add(deployment.terms.priorityClass)
    parameters.add(deployment.terms.preempts)
    parameters.add(deployment.terms.protection.microseconds)
    parameters.add(deployment.traceparent)
  }

  private static func batch(_ items: [CreateItem]) -> CallGroup.Call {
    CallGroup.Call(
      statement: .create,
      parameters: Parameters(capacity: items.count * usualBytes) {
        $0.add(each: items) { $0.deployment.id.value }
        $0.add(each: items) { $0.deployment.organization.value }
        $0.add(each: items, optional: { $0.deployment.requestedCluster?.value })
        $0.add(each: items) { $0.deployment.name as String? }
        $0.add(each: items) { $0.deployment.image as String? }
        $0.add(literals: items) { $0.deployment.command }
        $0.add(literals: items) { $0.environmentPairs }
        $0.add(each: items) { $0.deployment.request.cpu.value }
        $0.add(each: items) { $0.deployment.request.memory.value }
        $0.add(each: items) { $0.deployment.request.gpu.value }
        $0.add(literals: items) { $0.deployment.gpuModels }
        $0.add(each: items) { Int32(clamping: $0.deployment.priority) }
        $0.add(each: items) { Int32(clamping: $0.deployment.maxAttempts) }
        $0.add(each: items) { $0.deployment.createdBy as String? }
        $0.add(each: items) { $0.deployment.createdAt }
        $0.add(each: items) { $0.deployment.reason as String? }
        $0.add(each: items) { $0.idempotency?.key }
        $0.add(each: items) { $0.idempotency?.requestDigest }
        $0.add(each: items, optional: { $0.deployment.terms.timeToLive?.microseconds })
        $0.add(each: items, optional: { $0.deployment.terms.startBy })
        $0.add(each: items) { $0.deployment.terms.priorityClass as String? }
        $0.add(each: items) { $0.deployment.terms.preempts }
        $0.add(each: items) { $0.deployment.terms.protection.microseconds }
        $0.add(each: items) { $0.deployment.traceparent }
      })
  }

  /// What a deployment takes among the parameters, as a rule.
  private static let usualBytes = 512

  /// Names and values in turn, in the order in which they are answered (`DeploymentAnswer`): they
  /// are read more often than written.
  private var environmentPairs: [String] {
    var pairs: [String] = []
    pairs.reserveCapacity(2 * deployment.environment.count)
    for (name, value) in deployment.environment.sorted(by: { $0.key < $1.key }) {
      pairs.append(name)
      pairs.append(value)
    }
    return pairs
  }
}

enum CreateOutcome: Sendable {
  case created, repeated, noOrganization, noCluster, noFit, queueFull

  @Sendable static func decode(
    _ result: QueryResult, count: Int
  ) -> Result<[CreateOutcome], PostgresFailure> {
    var outcomes: [CreateOutcome] = []
    do throws(DomainError) {
      outcomes = try result.map { row throws(DomainError) in
        _ = try row.int64()
        return switch try row.text() {
        case "created": .created
        case "repeated": .repeated
        case "no organization": .noOrganization
        case "no cluster": .noCluster
        case "queue full": .queueFull
        default: .noFit
        }
      }
    } catch {
      return .failure(PostgresFailure(.protocolError, "\(error)"))
    }
    guard outcomes.count == count else {
      return .failure(PostgresFailure(.protocolError, "a create has no outcome"))
    }
    return .success(outcomes)
  }
}

extension Statement {
  static let create = Statement("create", EmbeddedSQL.create)
  static let createOne = Statement("create_one", EmbeddedSQL.createOne)
  static let createGang = Statement("create_gang", EmbeddedSQL.createGang)
}
