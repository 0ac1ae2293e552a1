import Testing

/// gRPC's interoperability cases, under its names, over `berth/1`: our client against our server.
@Suite(.serialized, .timeLimit(.minutes(2))) struct InteropTests {
  @Test(arguments: InteropCase.all)
  func `a case of gRPC's interoperability tests holds over this wire`(
    _ interopCase: InteropCase
  ) async throws {
    try await interopCase.check()
  }
}
