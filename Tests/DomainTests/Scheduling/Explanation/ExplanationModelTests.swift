import Testing

@testable import Domain

/// What is explained against what the engine does, on random histories of organizations that share
/// clusters. A failure names the seed, which replays it.
@Suite struct ExplanationModelTests {
  @Test(
    "says that it fits, or preempts, exactly if the engine does so, on 200 random histories",
    arguments: 0..<5)
  func agreesWithTheEngine(part: UInt64) {
    var met = ExplanationHistory.Met()
    for seed in part * 40 + 1...part * 40 + 40 {
      var history = ExplanationHistory(seed: seed)
      for step in 0..<100 {
        history.step()
        history.checkNewcomer()
        if step % 15 == 0 { history.checkWaiting() }
      }
      met.add(history.met)
    }
    for verdict in ClusterFit.Verdict.allCases {
      #expect(met.verdicts[verdict, default: 0] > 10, "\(verdict) was hardly met: \(met)")
    }
    for kind in FitAdvice.Kind.allCases {
      #expect(met.advice[kind, default: 0] > 2, "\(kind) was hardly met")
    }
    for chance in PreemptionOutlook.Chance.allCases {
      #expect(met.chances[chance, default: 0] > 3, "\(chance) was hardly met: \(met)")
    }
    #expect(met.borrowing > 10 && met.foreignReservations > 10 && met.reclaims > 2, "\(met)")
  }
}
