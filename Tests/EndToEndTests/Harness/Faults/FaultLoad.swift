import Messages
import RPCClient
import Synchronization
import TestSupport
import Testing

/// Callers that deploy, cancel and complete at random, at every replica, until they are told to
/// stop.
final class FaultLoad: Sendable {
  /// What one deployment asks for and what becomes of it.
  private struct Order {
    var request: CreateDeploymentRequest
    /// Cancelled or completed by its caller after so long; nil: it ends by itself.
    var endedAfter: Duration?
    var isCompleted = false
  }

  /// Short of the client's own: the replica asked may stand still.
  private static let options: CallOptions = {
    var options = CallOptions(deadline: .seconds(2))
    options.retries = false
    return options
  }()
  private static let pauseAfterRefusal = Duration.milliseconds(50)

  let work = AcknowledgedWork()
  private let callers: [Caller]
  private let organization: String
  private let clusters: [String]
  private let pause: Duration
  private let isContended: Bool
  private let isStopping = Atomic(false)
  private let refusals = Mutex<[StatusCode: Int]>([:])

  init(
    callers: [Caller], organization: String, clusters: [String], pause: Duration,
    isContended: Bool
  ) {
    self.isContended = isContended
    self.callers = callers
    self.organization = organization
    self.clusters = clusters
    self.pause = pause
  }

  func stop() { isStopping.store(true, ordering: .relaxed) }

  /// How often calls were refused, by code: what callers saw of the faults.
  var refused: [StatusCode: Int] { refusals.withLock { $0 } }

  func run(_ random: TestSupport.SeededGenerator) async {
    var random = random
    // Apart from what is asked for, which a seed replays however often a call is repeated.
    var ways = TestSupport.SeededGenerator(seed: random.next())
    while !isStopping.load(ordering: .relaxed) {
      let order = draw(&random)
      if let id = await create(order.request, &ways), let delay = order.endedAfter {
        try? await Task.sleep(for: delay)
        await end(id, completing: order.isCompleted, &ways)
      }
      try? await Task.sleep(for: pause)
    }
  }

  private func draw(_ random: inout TestSupport.SeededGenerator) -> Order {
    let cluster = Bool.random(using: &random) ? clusters.randomElement(using: &random) : nil
    var order = Order(
      request: CreateDeploymentRequest(
        organizationID: organization, clusterID: cluster ?? "", image: "example.com/model:1",
        resources: Resources(
          cpuMillis: .random(in: 10...200, using: &random), memoryBytes: 1 << 20,
          gpuMillis: [0, 0, 250, 500, 1_000, 2_000].randomElement(using: &random) ?? 0),
        priority: .random(in: 0...3, using: &random), maxAttempts: 2,
        idempotencyKey: UniqueName.make("k")))
    if Int.random(in: 0..<12, using: &random) == 0 {
      // A gang, wherever it fits and small, so that it could run in the smallest of the scenes.
      order.request.clusterID = ""
      order.request.organizationID = organization
      order.request.replicas = 3
      order.request.resources?.gpuMillis = 0
    }
    let kind = Int.random(in: 0..<100, using: &random)
    if isContended { contend(&order, kind) }
    switch kind {
    case ..<45: order.request.command = ["sleep", "0.1"]
    case ..<60: order.request.command = ["sh", "-c", "sleep 0.05; exit 1"]
    default:
      // Endless: its caller ends it.
      order.endedAfter = .milliseconds(Int.random(in: 0...150, using: &random))
      order.isCompleted = kind < 80
    }
    return order
  }

  private static let (humble, greedy) = ("fault-humble", "fault-greedy")

  /// The classes of a contended load.
  static func putClasses(_ admin: Caller) async throws {
    let classes = PriorityClassServiceClient(admin.channel)
    for (name, priority, preempts) in [(humble, 2, false), (greedy, 900, true)] {
      _ = try await classes.putPriorityClass(
        PutPriorityClassRequest(
          name: name, priority: Int32(priority), preempts: preempts,
          protection: ProtobufDuration()))
    }
  }

  /// All may be preempted at once; a few ask for nearly a whole cluster for a moment, and take the
  /// place of whoever is there, or wait in vain.
  private func contend(_ order: inout Order, _ kind: Int) {
    order.request.priorityClass = Self.humble
    order.request.priority = 0
    order.request.maxAttempts = 20
    guard kind < 12, order.request.replicas == 0 else { return }
    order.request.clusterID = clusters[kind % clusters.count]
    order.request.resources?.cpuMillis = 2_800
    order.request.resources?.gpuMillis = 0
    if kind < 6 {
      order.request.priorityClass = Self.greedy
    } else {
      order.request.queueTimeToLive = ProtobufDuration(seconds: 1)
    }
  }

  /// Asked again, anywhere and with the same key, until it is acknowledged or the load is over.
  private func create(
    _ request: CreateDeploymentRequest, _ random: inout TestSupport.SeededGenerator
  ) async -> String? {
    while !isStopping.load(ordering: .relaxed) {
      do throws(RPCStatus) {
        let caller = callers[Int.random(in: 0..<callers.count, using: &random)]
        let answer = try await caller.deployments.createDeployment(
          request, options: Self.options)
        guard let id = answer.deployment?.id else {
          Issue.record("an answer without a deployment")
          return nil
        }
        work.add(id)
        return id
      } catch {
        await refused(error)
      }
    }
    return nil
  }

  /// Ends one for good: what is queued cannot be completed, so it is cancelled.
  private func end(_ id: String, completing: Bool, _ random: inout TestSupport.SeededGenerator)
    async
  {
    var completes = completing
    while !isStopping.load(ordering: .relaxed) {
      let caller = callers[Int.random(in: 0..<callers.count, using: &random)]
      do throws(RPCStatus) {
        if completes {
          _ = try await caller.deployments.completeDeployment(.init(id: id), options: Self.options)
        } else {
          _ = try await caller.deployments.cancelDeployment(.init(id: id), options: Self.options)
        }
        return
      } catch {
        guard error.code == .failedPrecondition else {
          await refused(error)
          continue
        }
        if !completes { return }
        completes = false
      }
    }
  }

  private func refused(_ status: RPCStatus) async {
    refusals.withLock { $0[status.code, default: 0] += 1 }
    let transient: [StatusCode] = [
      .unavailable, .deadlineExceeded, .aborted, .resourceExhausted, .cancelled,
    ]
    #expect(transient.contains(status.code), "a fault must not look like \(status)")
    try? await Task.sleep(for: Self.pauseAfterRefusal)
  }
}
