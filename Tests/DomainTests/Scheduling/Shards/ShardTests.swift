import Testing

@testable import Domain

@Suite struct ShardTests {
  @Test func `each organization is of exactly one shard, and ids deal evenly`() {
    var random = SystemRandomNumberGenerator()
    for count in [1, 2, 6, 7, SchedulingLimits.shards] {
      var members = Array(repeating: 0, count: count)
      for _ in 0..<count * 1_000 {
        let id = OrganizationID.make(
          at: .start, random: UInt128.random(in: .min ... .max, using: &random))
        let shards = (0..<count).filter { Shard($0, of: count).contains(id) }
        #expect(shards.count == 1)
        for shard in shards { members[shard] += 1 }
      }
      // Ten deviations of a thousand.
      #expect(members.allSatisfy { (680...1_320).contains($0) }, "\(members)")
    }
  }

  /// The numbers are kept in databases by whom they place: they must never change.
  @Test func `the last 32 bits of the id say it`() {
    let id = OrganizationID(0x0195_0000_0000_7000_8000_0001_ffff_fffb)
    #expect(Shard(5, of: 6).contains(id), "4294967291 is 5 modulo 6")
    #expect(Shard(0, of: 1).contains(id))
    #expect(Shard(1, of: 10).contains(id))
  }

  // MARK: - Balance

  private func shares(_ shards: Int, _ replicas: Int) -> [Int] {
    (0..<replicas).map { rank in
      ShardBalance(SchedulerRoster(shards: shards, replicas: replicas, rank: rank)).share
    }
  }

  @Test(arguments: 1...12, 1...12)
  func `shares differ by one at most and come to all shards`(shards: Int, replicas: Int) {
    let shares = shares(shards, replicas)
    #expect(shares.max()! - shares.min()! <= 1)
    #expect(shares.allSatisfy { $0 >= 1 }, "everyone stands by for at least one")
    if shards >= replicas {
      #expect(shares.reduce(0, +) == shards)
    }
    #expect(shares == shares.sorted(by: >), "the older ones have more")
  }

  @Test func `a replica takes no more than its share, but for what nobody leads`() {
    let balance = ShardBalance(
      SchedulerRoster(shards: 6, replicas: 3, rank: 2, abandoned: [5]))
    #expect(balance.share == 2)
    #expect(balance.mayTake(3, beside: [1]))
    #expect(!balance.mayTake(3, beside: [1, 2]))
    #expect(balance.mayTake(5, beside: [1, 2]))
    #expect(balance.surplus(of: [0, 4, 2]) == [4])
    #expect(balance.surplus(of: [0, 4]) == [])
    #expect(balance.surplus(of: []) == [])
  }

  @Test func `schedulers that ask at once take no more than the share together`() {
    let seats = ShardSeats()
    #expect(seats.take(0) && seats.take(1), "no bound before anything is known")
    seats.giveBack(0)
    #expect(seats.follow(ShardBalance(SchedulerRoster(shards: 4, replicas: 2, rank: 0))))
    #expect(!seats.follow(ShardBalance(SchedulerRoster(shards: 4, replicas: 2, rank: 1))))
    #expect(seats.take(2))
    #expect(!seats.take(3))
    seats.giveBack(1)
    #expect(seats.take(3))
  }
}
