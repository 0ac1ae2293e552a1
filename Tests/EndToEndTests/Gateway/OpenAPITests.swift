import Foundation
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// The description of the gateway, checked by somebody else's program.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct OpenAPITests {
    @Test func `the document is valid OpenAPI 3.1`() async throws {
      let console = try await SharedStack.current().console()
      let document = try await console.request("GET", "/openapi.json")
      #expect(document.status == 200)
      #expect(document.text("openapi") == "3.1.0")
      let folder = try TemporaryFolder("berth-openapi")
      let file = try folder.write(document.body, to: "openapi.json")
      let outcome = try await ChildProcess.run(
        try TestEnvironment.pythonFolder() + "/bin/python",
        ["-m", "openapi_spec_validator", "--schema", "3.1", file])
      #expect(outcome.exit.isSuccess, "\(outcome)")
      // The validator finds what is wrong.
      let broken = try folder.write(
        document.body.replacing("\"#/components/schemas/Detail\"", with: "\"#/nowhere\"")
          .replacing("\"type\": \"object\"", with: "\"type\": \"thing\""),
        to: "broken.json")
      let refused = try await ChildProcess.run(
        try TestEnvironment.pythonFolder() + "/bin/python",
        ["-m", "openapi_spec_validator", "--schema", "3.1", broken])
      #expect(!refused.exit.isSuccess, "\(refused)")
    }
  }
}
