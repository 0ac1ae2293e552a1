import Testing

@testable import Domain

@Suite struct NormalLossTests {
  @Test func `known values`() {
    // x Phi(x) + phi(x), from tables.
    let known = [
      (0.0, 0.398_942_280), (1, 1.083_315_470), (-1, 0.083_315_470), (-3, 0.000_382_154),
    ]
    for (x, value) in known { #expect(abs(NormalLoss.exact(x) - value) < 1e-8, "\(x)") }
  }

  @Test func `the table is near, also where it ends`() {
    let loss = NormalLoss.shared
    for step in -800...800 {
      let x = Double(step) / 97
      #expect(abs(loss(x) - NormalLoss.exact(x)) < 2e-5, "\(x)")
    }
    #expect(loss(-100) == 0)
    #expect(loss(100) == 100)
    #expect(loss(.nan) == 0)
  }

  @Test func `the exponential is right`() {
    #expect(abs(NormalLoss.exponential(1) - 2.718_281_828_459_045) < 1e-14)
    #expect(abs(NormalLoss.exponential(-20) / 2.061_153_622_438_558e-9 - 1) < 1e-12)
    #expect(NormalLoss.exponential(-10_000) == 0)
    #expect(NormalLoss.exponential(10_000) == .infinity)
  }
}
