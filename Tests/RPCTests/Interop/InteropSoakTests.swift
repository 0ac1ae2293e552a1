import Testing

/// Those of gRPC's cases that load a machine: they run before the other tests, not beside them.
@Suite(.serialized, .timeLimit(.minutes(2))) struct InteropSoakTests {
  @Test(arguments: InteropCase.soakCases)
  func `a long case of gRPC's interoperability tests holds over this wire`(
    _ interopCase: InteropCase
  ) async throws {
    try await interopCase.check()
  }
}
