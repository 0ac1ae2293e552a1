import Messages
import Testing

@testable import Gateway

struct OlderTimeTests {
  @Test(arguments: [
    "2026-01-31T12:30:00Z", "2026-01-31T13:30:00+01:00", "2026-01-31 13:30:00 01:00",
    "2026-01-31 12:30:00", "2026-01-31t12:30:00z", "2026-01-31T12:30:00.000",
    "2026-01-31T11:30:00-01:00",
  ])
  func `a time is read in each of the forms that callers write`(text: String) {
    #expect(OlderTime.read(text)?.description == "2026-01-31T12:30:00Z")
  }

  @Test func `a date alone is its first moment`() {
    #expect(OlderTime.read("2026-01-31")?.description == "2026-01-31T00:00:00Z")
  }

  @Test(arguments: [
    "", "yesterday", "2026-02-30", "2026-01-31T25:00:00Z", "2026-01-31X12:30:00Z", "2026-01-31T",
    "1769862600", String(repeating: "2", count: 1_000), "２０２６-01-31",
  ])
  func `what is no time is none`(text: String) {
    #expect(OlderTime.read(text) == nil)
  }
}
