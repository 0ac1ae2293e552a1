internal import Domain

/// One deployment to create.
struct CreateItem: Sendable {
  let deployment: Deployment
  let idempotency: IdempotencyKey?

  static func call(_ items: [CreateItem]) -> CallGroup.Call {
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
  case created, repeated, noOrganization, noCluster

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
        default: .noCluster
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
}
