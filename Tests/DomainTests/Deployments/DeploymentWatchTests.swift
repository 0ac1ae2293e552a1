import Domain
import Synchronization
import Testing

@Suite struct DeploymentWatchTests {
  private let stage = SchedulingStage()
  private let feed: ChangeFeed

  init() {
    feed = stage.makeFeed()
    stage.settle()
  }

  /// What a watch has told so far, and how it ended.
  private final class Reader: Sendable {
    struct State {
      var told: [ChangeBatch.Change] = []
      var error: DomainError?
      var isOver = false
    }

    private let state = Mutex(State())

    var told: [ChangeBatch.Change] { state.withLock { $0.told } }
    var error: DomainError? { state.withLock { $0.error } }
    var isOver: Bool { state.withLock { $0.isOver } }
    /// Each as its deployment's number and its state.
    var words: [String] {
      told.map { "\($0.deployment.id.value) \($0.event.state)" }
    }

    func read(_ open: () async throws(DomainError) -> DeploymentWatchSequence) async {
      do throws(DomainError) {
        var iterator = try await open().makeAsyncIterator()
        while let change = try await iterator.next() {
          state.withLock { $0.told.append(change) }
        }
      } catch {
        state.withLock { $0.error = error }
      }
      state.withLock { $0.isOver = true }
    }
  }

  private func watch(
    _ scope: TenantScope = .organizations([Fixtures.organization]),
    organization: OrganizationID? = nil, deployment: DeploymentID? = nil,
    includeCurrent: Bool = false
  ) -> (Reader, Task<Void, Never>) {
    let reader = Reader()
    let watch = DeploymentWatch(feed: feed, deployments: stage.world)
    let task = stage.spawn {
      await reader.read { () async throws(DomainError) in
        try await watch.begin(
          scope: scope, organization: organization, deployment: deployment,
          includeCurrent: includeCurrent)
      }
    }
    stage.settle()
    return (reader, task)
  }

  private func look() {
    feed.kick()
    stage.settle()
  }

  @Test func `tells every change from now on, and none of another organization`() {
    let old = stage.fixtures.deployment()
    stage.world.queue(old)
    look()
    let (reader, _) = watch()
    let ours = stage.fixtures.deployment()
    stage.world.queue(ours)
    stage.world.queue(stage.fixtures.deployment(organization: Fixtures.other))
    look()
    stage.world.end(ours.id, as: .cancelled)
    stage.world.end(old.id, as: .cancelled)
    look()
    #expect(reader.words == ["2 queued", "2 cancelled", "1 cancelled"])
  }

  @Test func `what is now comes first, in pages, then what changes, without gap or repeat`() {
    let deployments = (0..<5).map { _ in stage.fixtures.deployment() }
    for deployment in deployments { stage.world.queue(deployment) }
    stage.world.end(deployments[0].id, as: .failed)
    // The feed has not told of them yet: it will, after the watch began.
    let (world, feed) = (stage.world, feed)
    let last = stage.fixtures.deployment()
    world.after(.list) { () async throws(DomainError) in
      world.after(.list, nil)
      world.queue(last)
      world.end(deployments[4].id, as: .cancelled)
      feed.kick()
    }
    let (reader, _) = watch(includeCurrent: true)
    look()
    #expect(reader.told.prefix(4).allSatisfy { $0.event.sequence == 0 })
    // 1 is final; 5 was current before it was cancelled.
    #expect(Set(reader.words.prefix(4)) == ["2 queued", "3 queued", "4 queued", "5 queued"])
    #expect(reader.words.dropFirst(4).filter { $0.hasPrefix("5") } == ["5 cancelled"])
    #expect(reader.words.filter { $0 == "6 queued" }.count == 1)
    #expect(Set(reader.words).count == reader.words.count, "told twice")
  }

  @Test func `one deployment: what it is, also when final, then its changes`() {
    let one = stage.fixtures.deployment()
    let other = stage.fixtures.deployment()
    stage.world.queue(one)
    stage.world.queue(other)
    let (reader, _) = watch(deployment: one.id, includeCurrent: true)
    let (silent, _) = watch(deployment: one.id)
    stage.world.end(other.id, as: .failed)
    look()
    #expect(reader.words == ["1 queued"])
    #expect(silent.words == [])
    stage.world.end(one.id, as: .completed)
    look()
    #expect(reader.words == ["1 queued", "1 completed"])
    #expect(silent.words == ["1 completed"])
    let (late, _) = watch(deployment: one.id, includeCurrent: true)
    #expect(late.words == ["1 completed"])
  }

  @Test func `a deployment of another organization does not exist`() {
    let theirs = stage.fixtures.deployment(organization: Fixtures.other)
    stage.world.queue(theirs)
    let (reader, _) = watch(deployment: theirs.id)
    #expect(reader.error == .notFound(kind: "deployment", name: theirs.id.description))
  }

  @Test func `an organization outside the scope shows nothing`() {
    let (reader, _) = watch(organization: Fixtures.other, includeCurrent: true)
    stage.world.queue(stage.fixtures.deployment(organization: Fixtures.other))
    stage.world.queue(stage.fixtures.deployment())
    look()
    #expect(reader.words == [])
    let (all, _) = watch(.all, organization: Fixtures.other, includeCurrent: true)
    #expect(all.words == ["1 queued"])
  }

  @Test func `a reader that falls behind is told so`() async {
    let watch = DeploymentWatch(feed: feed, deployments: stage.world)
    let sequence = await stage.call { try? await watch.begin(scope: .all) }
    for _ in 0...ChangeFeedLimits.bufferedChanges {
      stage.world.queue(stage.fixtures.deployment())
    }
    look()
    let error = await stage.call { () async -> DomainError? in
      var iterator = sequence!.makeAsyncIterator()
      do throws(DomainError) {
        while try await iterator.next() != nil {}
        return nil
      } catch {
        return error
      }
    }
    guard case .aborted = error else {
      Issue.record("expected aborted, got \(String(describing: error))")
      return
    }
  }

  @Test func `the watch ends with its task and leaves the feed`() {
    let (reader, task) = watch()
    #expect(feed.subscriberCount == 1)
    task.cancel()
    stage.settle()
    #expect(reader.isOver)
    #expect(reader.error == nil)
    #expect(feed.subscriberCount == 0)
  }
}
