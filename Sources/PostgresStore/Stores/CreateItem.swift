internal import Domain

/// One deployment to create.
struct CreateItem: Sendable {
  let deployment: Deployment
  let idempotency: IdempotencyKey?

  /// The statement for all of them; one that comes alone has the plain one, a third faster.
  @Sendable static func call(_ items: [CreateItem]) -> CallGroup.Call {
    items.count == 1 ? items[0].call() : batch(items)
  }

  private func call() -> CallGroup.Call {
    CallGroup.Call(
      statement: .createOne,
      parameters: Parameters {
        $0.add(deployment.id)
        $0.add(deployment.organization)
        $0.add(deployment.requestedCluster)
        $0.add(deployment.name)
        $0.add(deployment.image)
        $0.add(deployment.command)
        $0.add(deployment.environment.flatMap { [$0.key, $0.value] })
        $0.add(deployment.request.cpu.value)
        $0.add(deployment.request.memory.value)
        $0.add(deployment.request.gpu.value)
        $0.add(deployment.gpuModels)
        $0.add(Int32(clamping: deployment.priority))
        $0.add(Int32(clamping: deployment.maxAttempts))
        $0.add(deployment.createdBy)
        $0.add(deployment.createdAt)
        $0.add(deployment.reason)
        $0.add(idempotency?.key)
        if let digest = idempotency?.requestDigest { $0.add(digest) } else { $0.null() }
      })
  }

  private static func batch(_ items: [CreateItem]) -> CallGroup.Call {
    let deployments = items.map(\.deployment)
    return CallGroup.Call(
      statement: .create,
      parameters: Parameters {
        $0.add(deployments.map(\.id.value))
        $0.add(deployments.map(\.organization.value))
        $0.add(deployments.map(\.requestedCluster?.value))
        $0.add(deployments.map(\.name))
        $0.add(deployments.map(\.image))
        $0.add(deployments.map { TextArray.literal($0.command) })
        $0.add(
          deployments.map { TextArray.literal($0.environment.flatMap { [$0.key, $0.value] }) })
        $0.add(deployments.map(\.request.cpu.value))
        $0.add(deployments.map(\.request.memory.value))
        $0.add(deployments.map(\.request.gpu.value))
        $0.add(deployments.map { TextArray.literal($0.gpuModels) })
        $0.add(deployments.map { Int32(clamping: $0.priority) })
        $0.add(deployments.map { Int32(clamping: $0.maxAttempts) })
        $0.add(deployments.map(\.createdBy))
        $0.add(deployments.map { Optional($0.createdAt) })
        $0.add(deployments.map(\.reason))
        $0.add(items.map(\.idempotency?.key))
        $0.add(items.map(\.idempotency?.requestDigest))
      })
  }
}

enum CreateOutcome: Sendable {
  case created, repeated, noOrganization, noCluster, noFit

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
}
