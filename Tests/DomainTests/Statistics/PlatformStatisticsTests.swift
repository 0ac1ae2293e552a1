import Testing

@testable import Domain

struct PlatformStatisticsTests {
  private typealias Queue = PlatformStatistics.Queue

  @Test func `priorities of classes are told though nobody waits there`() {
    let told = PlatformStatistics.bounded(
      [Queue(priority: 7, deployments: 2)], classes: [100, 900])
    #expect(told.map(\.priority) == [900, 100, 7])
    #expect(told.map(\.deployments) == [0, 0, 2])
  }

  @Test func `the highest priorities are told apart, the others are one, the classes beside`() {
    let queue = (0...1_000).map { priority in
      Queue(
        priority: priority, deployments: 2, paused: 1,
        waitingSince: Instant(microseconds: Int64(priority) + 1))
    }
    let told = PlatformStatistics.bounded(queue.shuffled(), classes: [3, 500])
    #expect(told.count == StatisticsLimits.priorities + 3)
    #expect(told.first?.priority == 1_000)
    #expect(told.compactMap(\.priority).suffix(2) == [500, 3])
    let rest = told.last
    #expect(rest?.priority == nil)
    #expect(rest?.deployments == 2 * (1_001 - StatisticsLimits.priorities - 2))
    #expect(rest?.paused == 1_001 - StatisticsLimits.priorities - 2)
    #expect(rest?.waitingSince == Instant(microseconds: 1))
    #expect(told.reduce(0) { $0 + $1.deployments } == 2_002)
  }
}
