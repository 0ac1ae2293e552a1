import RPCClient
import TestSupport
import Testing

/// The stack of all tests that do not break it, and those who use it.
struct SharedStack: Sendable {
  @TaskLocal private static var running: SharedStack?

  let stack: Stack
  let superAdmin: Caller
  /// Admin of `tenant`.
  let alice: Person
  /// Signed in, admin of an organization of her own, and of nothing else: the outsider.
  let mallory: Person
  /// Alice's organization.
  let tenant: Tenant
  /// Mallory's organization.
  let otherTenant: Tenant

  /// The running one. Only within suites with the trait `.sharedStack`.
  static func current() throws -> SharedStack { try #require(running) }

  fileprivate static func run(_ body: () async throws -> Void) async throws {
    var options = StackOptions()
    options.environment["ACCESS_TOKEN_EXPIRE_MINUTES"] = String(accessTokenMinutes)
    options.environment["BERTH_RESERVATION_SECONDS"] = "1"
    try await Stack.with(options) { stack in
      let alice = try await stack.signUp("alice")
      let mallory = try await stack.signUp("mallory")
      let shared = SharedStack(
        stack: stack, superAdmin: try await stack.superAdmin(), alice: alice, mallory: mallory,
        tenant: try await alice.caller.createOrganization(),
        otherTenant: try await mallory.caller.createOrganization())
      try await $running.withValue(shared) { try await body() }
    }
  }

  /// Not the default, so that a test sees whether the configured value holds.
  static let accessTokenMinutes: Int64 = 7
}

/// Runs a suite's tests within one stack.
struct SharedStackTrait: SuiteTrait, TestScoping {
  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    try await SharedStack.run { try await function() }
  }
}

extension Trait where Self == SharedStackTrait {
  /// One stack for the whole suite; `SharedStack.current()` is it.
  static var sharedStack: SharedStackTrait { SharedStackTrait() }
}

/// Every test end to end: they share two cores with the processes they start, so one runs at a
/// time.
@Suite(.serialized) enum EndToEnd {
  /// Those that leave the stack whole.
  @Suite(.serialized, .sharedStack) enum OnOneStack {}
  /// Those that break their stack.
  @Suite(.serialized) enum OnStacksOfTheirOwn {}
}
