internal import Domain

/// One move of a deployment from state to state, as `transition.sql` has it.
struct Transition: Sendable {
  enum Kind: String, Sendable {
    case cancel, complete, starting, running, completed, failed, lost, expired, preempted
  }

  let id: DeploymentID
  let kind: Kind
  var scope: TenantScope = .all
  var attempt: Int?
  var cluster: ClusterID?
  var exitCode: Int?
  var retryAt: Instant?
  var preemptor: DeploymentID?
  let reason: String
  let now: Instant

  init(_ id: DeploymentID, _ kind: Kind, scope: TenantScope, reason: String, now: Instant) {
    self.id = id
    self.kind = kind
    self.scope = scope
    self.reason = reason
    self.now = now
  }

  init(_ report: AgentReport, cluster: ClusterID, now: Instant) {
    id = report.deployment
    attempt = report.attempt
    reason = report.reason
    self.cluster = cluster
    self.now = now
    switch report.outcome {
    case .starting: kind = .starting
    case .running: kind = .running
    case .completed(let exitCode):
      kind = .completed
      self.exitCode = exitCode
    case .failed(let exitCode, let retryAt):
      kind = .failed
      self.exitCode = exitCode
      self.retryAt = retryAt
    }
  }

  /// A deployment whose agent is lost.
  init(
    lost id: DeploymentID, attempt: Int, cluster: ClusterID, retryAt: Instant, now: Instant
  ) {
    self.id = id
    kind = .lost
    self.attempt = attempt
    self.cluster = cluster
    self.retryAt = retryAt
    reason = "the agent was lost"
    self.now = now
  }

  /// A deployment whose time is up.
  init(_ expiration: Expiration, now: Instant) {
    id = expiration.deployment
    kind = .expired
    attempt = expiration.attempt
    cluster = expiration.cluster
    reason = expiration.cause.reason
    self.now = now
  }

  /// A deployment that is preempted.
  init(_ victim: Preemption.Victim, of preemption: Preemption, retryAt: Instant, now: Instant) {
    id = victim.deployment
    kind = .preempted
    attempt = victim.attempt
    cluster = preemption.cluster
    preemptor = preemption.deployment
    self.retryAt = retryAt
    reason = preemption.reason(of: victim)
    self.now = now
  }

  /// Under which term, and for lost agents how long not heard of.
  struct Fence: Sendable {
    let epoch: Epoch
    var heardBefore: Instant?
  }

  static func call(_ items: [Transition], fence: Fence?) -> CallGroup.Call {
    CallGroup.Call(
      statement: .transition,
      parameters: Parameters {
        $0.add(items.map(\.id.value))
        $0.add(items.map(\.kind.rawValue))
        $0.add(items.map { TextArray.literal(scope: $0.scope) })
        $0.add(items.map { $0.attempt.map(Int32.init(clamping:)) })
        $0.add(items.map(\.cluster?.value))
        $0.add(items.map { $0.exitCode.map(Int32.init(clamping:)) })
        $0.add(items.map(\.retryAt))
        $0.add(items.map(\.reason))
        $0.add(items.map(\.now).max())
        $0.add(fence?.epoch.value)
        $0.add(fence?.heardBefore)
        $0.add(items.map(\.preemptor?.value))
      })
  }
}

enum TransitionOutcome: Sendable {
  /// The deployment as it is after it; nil: none in scope, or the report is out of date.
  case done(Deployment?)
  case race

  /// In the order of the items.
  @Sendable static func decode(
    _ result: QueryResult, count: Int
  ) -> Result<[TransitionOutcome], PostgresFailure> {
    do throws(DomainError) {
      return .success(try decodeFenced(result, count: count).outcomes)
    } catch {
      return .failure(PostgresFailure(.protocolError, "\(error)"))
    }
  }

  /// What a term has decided about: those that moved.
  static func decodeMoves(_ result: QueryResult) throws(DomainError) -> MoveResult {
    var isFenced = true
    let moved = try result.map { row throws(DomainError) -> Deployment? in
      if try row.int() > 0 { isFenced = false }
      guard try row.int64OrNull() != nil, try row.text() == "moved" else { return nil }
      return try Deployment(row: &row)
    }
    return isFenced ? .fenced : .moved(moved.compactMap(\.self))
  }

  /// `fences` 0: the term has ended, if there was one to check.
  static func decodeFenced(
    _ result: QueryResult, count: Int
  ) throws(DomainError) -> (fences: Int, outcomes: [TransitionOutcome]) {
    var outcomes = Array(repeating: TransitionOutcome.done(nil), count: count)
    let fences = try result.map { row throws(DomainError) -> Int in
      let fences = try row.int()
      guard let ordinal = try row.int64OrNull(), ordinal > 0 else { return fences }
      guard (1...Int64(count)).contains(ordinal) else { throw .internal("ordinal \(ordinal)") }
      let outcome = try row.text()
      outcomes[Int(ordinal) - 1] = outcome == "race" ? .race : .done(try Deployment(row: &row))
      return fences
    }
    return (fences.first ?? 0, outcomes)
  }
}

extension TextArray {
  fileprivate static func literal(scope: TenantScope) -> String? {
    switch scope {
    case .all: nil
    case .organizations(let set): literal(set.map(\.description))
    }
  }
}

extension Statement {
  static let transition = Statement(
    "transition", EmbeddedSQL.transition.replacing("{deployment d}", with: Deployment.columns))
}

extension String {
  /// Every occurrence of `part` by `other`; for our own constants, made once.
  func replacing(_ part: String, with other: String) -> String {
    var text = ""
    var rest = Substring(self)
    while !rest.isEmpty {
      if rest.hasPrefix(part) {
        text += other
        rest = rest.dropFirst(part.count)
      } else {
        text.append(rest.removeFirst())
      }
    }
    return text
  }
}
