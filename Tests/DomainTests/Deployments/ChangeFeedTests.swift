import Domain
import Testing

@Suite struct ChangeFeedTests {
  private let stage = SchedulingStage()
  private let log = TransactionLog()

  private func startFeed() -> ChangeFeed {
    let feed = ChangeFeed(
      store: log, broadcast: stage.broadcast, environment: stage.environment())
    stage.spawn { await feed.run() }
    stage.settle()
    return feed
  }

  private func sequences(_ subscription: ChangeSubscription) -> [Int64] {
    subscription.take().flatMap { delivery -> [Int64] in
      switch delivery {
      case .changes(let changes, _): changes.map(\.event.sequence)
      case .quotas: []
      case .resync: [-1]
      }
    }
  }

  @Test(
    "misses no change and tells none twice, in whatever order transactions commit",
    arguments: 0..<8)
  func isWithoutGaps(part: UInt64) {
    for seed in part * 25 + 1...part * 25 + 25 {
      let stage = SchedulingStage()
      let random = SeededRandom(seed: seed)
      let log = TransactionLog(pageSize: 1 + random.below(4))
      let feed = ChangeFeed(
        store: log, broadcast: stage.broadcast, environment: stage.environment())
      stage.spawn { await feed.run() }
      stage.settle()
      let subscription = feed.subscribe()
      var running: [UInt64] = []
      var written: Set<Int64> = []
      for _ in 0..<120 {
        switch random.below(6) {
        case 0: running.append(log.begin())
        case 1, 2:
          guard !running.isEmpty else { continue }
          let transaction = running[random.below(running.count)]
          written.insert(log.write(stage.fixtures.deployment(), in: transaction))
        case 3:
          guard !running.isEmpty else { continue }
          log.commit(running.remove(at: random.below(running.count)))
        case 4:
          feed.kick()
          stage.settle()
        default:
          // Something commits between two pages of a round.
          guard !running.isEmpty else { continue }
          let transaction = running.remove(at: random.below(running.count))
          log.inNextRead { log.commit(transaction) }
          feed.kick()
          stage.settle()
          log.commit(transaction)
        }
      }
      for transaction in running { log.commit(transaction) }
      feed.kick()
      stage.settle()
      var told: [Int64] = []
      for case .changes(let changes, _) in subscription.take() {
        told += changes.map(\.event.sequence)
      }
      #expect(Set(told) == written, "seed \(seed)")
      #expect(told.count == written.count, "seed \(seed): told twice")
    }
  }

  @Test func `looks when it is kicked, when a notice comes, and every second`() {
    let feed = startFeed()
    let subscription = feed.subscribe()
    log.append(stage.fixtures.deployment())
    stage.settle()
    #expect(sequences(subscription) == [])
    feed.kick()
    stage.settle()
    #expect(sequences(subscription) == [1])
    for (notice, expected) in [(Notice.changed, 2), (.connected, 3)] {
      log.append(stage.fixtures.deployment())
      stage.broadcast.publish(notice)
      stage.settle()
      #expect(sequences(subscription) == [Int64(expected)])
    }
    log.append(stage.fixtures.deployment())
    stage.broadcast.publish(.accessChanged("*"))
    stage.settle()
    #expect(sequences(subscription) == [])
    stage.pass(.seconds(1))
    #expect(sequences(subscription) == [4])
  }

  @Test func `a kick that comes while it reads makes it read again`() {
    let feed = startFeed()
    let subscription = feed.subscribe()
    let late = stage.fixtures.deployment()
    log.inNextRead { [log] in
      log.append(late)
      feed.kick()
    }
    feed.kick()
    stage.settle()
    #expect(sequences(subscription) == [1])
  }

  @Test func `many kicks are one look, and one for those that come meanwhile`() {
    let feed = startFeed()
    let reads = log.reads
    for _ in 0..<100 { feed.kick() }
    stage.settle()
    #expect(log.reads == reads + 2)
  }

  @Test func `errors do not end it; what changed meanwhile is told after`() {
    let feed = startFeed()
    let subscription = feed.subscribe()
    log.fail(.unavailable("away", after: .seconds(1)))
    log.append(stage.fixtures.deployment())
    for _ in 0..<100 {
      feed.kick()
      stage.pass(.seconds(0.3))
    }
    #expect(feed.failures > 5)
    #expect(log.reads < 60, "it waits between its tries")
    #expect(sequences(subscription) == [])
    log.fail(nil)
    stage.pass(.seconds(2))
    #expect(sequences(subscription) == [1])
    #expect(feed.failures == 0)
  }

  @Test func `it starts when the store is there, not before`() async {
    log.fail(.unavailable("away", after: .seconds(1)))
    let feed = startFeed()
    let waiting = stage.spawn { try? await feed.waitUntilStarted() }
    stage.pass(.seconds(3))
    #expect(!feed.isStarted)
    log.fail(nil)
    stage.pass(.seconds(3))
    #expect(feed.isStarted)
    await waiting.value
  }

  @Test func `who subscribes late hears of what comes, not of what was`() {
    let feed = startFeed()
    log.append(stage.fixtures.deployment())
    feed.kick()
    stage.settle()
    let subscription = feed.subscribe()
    log.append(stage.fixtures.deployment())
    feed.kick()
    stage.settle()
    #expect(sequences(subscription) == [2])
  }

  @Test func `a subscriber that does not read is told to resync, then of what comes after`() {
    let feed = startFeed()
    let slow = feed.subscribe(buffer: 4)
    let fast = feed.subscribe(buffer: 100)
    for _ in 0..<6 {
      log.append(stage.fixtures.deployment())
      feed.kick()
      stage.settle()
    }
    // Five were too much; the sixth came after.
    #expect(sequences(slow) == [-1, 6])
    #expect(sequences(fast) == [1, 2, 3, 4, 5, 6])
  }

  @Test func `topics: an organization's, one deployment's`() {
    let feed = startFeed()
    let ours = stage.fixtures.deployment()
    let theirs = stage.fixtures.deployment(organization: Fixtures.other)
    let organization = feed.subscribe(to: .organizations([Fixtures.organization]))
    let deployment = feed.subscribe(to: .deployment(theirs.id))
    let nobody = feed.subscribe(to: .organizations([]))
    log.append(ours)
    log.append(theirs)
    feed.kick()
    stage.settle()
    #expect(sequences(organization) == [1])
    #expect(sequences(deployment) == [2])
    #expect(sequences(nobody) == [])
  }

  @Test func `a subscription ends when it is cancelled or dropped`() async {
    let feed = startFeed()
    let kept = feed.subscribe(to: .deployment(DeploymentID(1)))
    do {
      let dropped = feed.subscribe()
      _ = feed.subscribe(to: .organizations([Fixtures.organization, Fixtures.other]))
      #expect(feed.subscriberCount == 2)
      dropped.cancel()
      #expect(await dropped.next() == nil)
    }
    #expect(feed.subscriberCount == 1)
    kept.cancel()
    #expect(feed.subscriberCount == 0)
  }

  @Test func `a waiting reader is woken by a delivery and by the end of its task`() async {
    let feed = startFeed()
    let subscription = feed.subscribe()
    let reader = Task(executorPreference: stage.executor) {
      var count = 0
      while await subscription.next() != nil { count += 1 }
      return count
    }
    stage.settle()
    log.append(stage.fixtures.deployment())
    feed.kick()
    stage.settle()
    reader.cancel()
    stage.settle()
    #expect(await reader.value == 1)
  }
}
