import Domain
import Testing

@Suite struct AccessCacheTests {
  let start = Instant(microseconds: 1_000_000_000)

  func principal(_ user: Int, expiresAt: Instant? = nil) -> Principal {
    Principal(
      identity: .user(UserID(UInt128(user))), name: "user\(user)", expiresAt: expiresAt)
  }

  @Test func `a principal is believed for the cache's lifetime and no longer`() {
    let cache = AccessCache()
    cache.insert(principal(1), for: [1], now: start, readAt: cache.generation)
    #expect(cache.principal(of: [1], now: start + .milliseconds(4_999)) == principal(1))
    #expect(cache.principal(of: [1], now: start + .seconds(5)) == nil)
    #expect(cache.principal(of: [2], now: start) == nil)
  }

  @Test func `a principal is not believed past the end of its credentials`() {
    let cache = AccessCache()
    let end = start + .seconds(2)
    cache.insert(principal(1, expiresAt: end), for: [1], now: start, readAt: cache.generation)
    #expect(cache.principal(of: [1], now: start + .milliseconds(1_999)) != nil)
    #expect(cache.principal(of: [1], now: end) == nil)
  }

  @Test func `a clock that is set back does not make an entry live longer`() {
    let cache = AccessCache()
    cache.insert(principal(1), for: [1], now: start, readAt: cache.generation)
    #expect(cache.principal(of: [1], now: start + .seconds(-3_600)) == nil)
  }

  @Test func `invalidating an identity forgets all its tokens and no other's`() {
    let cache = AccessCache()
    for (digest, user): (UInt8, Int) in [(1, 1), (2, 1), (3, 2)] {
      cache.insert(principal(user), for: [digest], now: start, readAt: cache.generation)
    }
    cache.invalidate(UserID(1).description)
    #expect(cache.principal(of: [1], now: start) == nil)
    #expect(cache.principal(of: [2], now: start) == nil)
    #expect(cache.principal(of: [3], now: start) == principal(2))
    #expect(cache.count == 1)
  }

  @Test(arguments: ["*", "", "nonsense"])
  func `the star, and what cannot be read, forgets everything`(id: String) {
    let cache = AccessCache()
    cache.insert(principal(1), for: [1], now: start, readAt: cache.generation)
    cache.insert(rules: ["m": .anyone], now: start, readAt: cache.generation)
    cache.invalidate(id)
    #expect(cache.principal(of: [1], now: start) == nil)
    #expect(cache.rules(now: start) == nil)
    #expect(cache.count == 0)
  }

  @Test func `an answer from before an invalidation is not kept`() {
    let cache = AccessCache()
    let before = cache.generation
    cache.invalidate(UserID(1).description)
    cache.insert(principal(1), for: [1], now: start, readAt: before)
    cache.insert(rules: ["m": .anyone], now: start, readAt: before)
    #expect(cache.principal(of: [1], now: start) == nil)
    #expect(cache.rules(now: start) == nil)
  }

  @Test func `a full cache forgets the oldest`() {
    let cache = AccessCache(capacity: 3)
    for index in 1...4 {
      cache.insert(
        principal(index), for: [UInt8(index)], now: start + .milliseconds(index),
        readAt: cache.generation)
    }
    let now = start + .milliseconds(10)
    #expect(cache.count == 3)
    #expect(cache.principal(of: [1], now: now) == nil)
    for index in 2...4 { #expect(cache.principal(of: [UInt8(index)], now: now) != nil) }
  }

  /// Against a dictionary without any bound: the cache may know less, and never anything else.
  @Test(arguments: [UInt64.random(in: .min ... .max), 42])
  func `random use never answers what is not true any more`(seed: UInt64) {
    let random = SeededRandom(seed: seed)
    let capacity = 8
    let cache = AccessCache(capacity: capacity)
    var model: [[UInt8]: (principal: Principal, at: Instant)] = [:]
    var now = start
    for step in 0..<5_000 {
      let digest = [UInt8(random.below(24))]
      switch random.below(10) {
      case 0...3:
        let end = random.below(3) == 0 ? now + .milliseconds(random.below(6_000)) : nil
        let made = principal(random.below(6), expiresAt: end)
        cache.insert(made, for: digest, now: now, readAt: cache.generation)
        model[digest] = (made, now)
      case 4:
        let user = UserID(UInt128(random.below(6)))
        cache.invalidate(user.description)
        model = model.filter { $0.value.principal.identity != .user(user) }
      case 5: now = now + .milliseconds(random.below(2_000))
      case 6 where random.below(20) == 0:
        cache.invalidate("*")
        model = [:]
      default: break
      }
      if let answer = cache.principal(of: digest, now: now) {
        let known = model[digest]
        #expect(known?.principal == answer, "seed \(seed), step \(step)")
        #expect(known.map { now < $0.at + .seconds(5) } == true, "seed \(seed), step \(step)")
        #expect(answer.expiresAt.map { now < $0 } != false, "seed \(seed), step \(step)")
      }
      #expect(cache.count <= capacity, "seed \(seed), step \(step)")
    }
  }

  @Test func `what was just kept is found`() {
    let random = SeededRandom(seed: 7)
    let cache = AccessCache(capacity: 8)
    for step in 0..<1_000 {
      let digest = [UInt8(random.below(64))]
      let made = principal(step)
      cache.insert(made, for: digest, now: start, readAt: cache.generation)
      #expect(cache.principal(of: digest, now: start) == made)
    }
  }
}
