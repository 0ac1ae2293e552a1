import Foundation
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// `postman_collection.json`, every request of it in order.
  @Suite(.serialized, .timeLimit(.minutes(3))) struct PostmanTests {
    @Test func `every request of the collection succeeds as it asserts`() async throws {
      let shared = try SharedStack.current()
      let console = try await shared.console()
      let admin = try String(contentsOfFile: shared.stack.adminTokenFile, encoding: .utf8)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      let collection = try PostmanCollection.read()
      var run = PostmanRun(
        collection, at: console, variables: ["baseUrl": console.url, "adminToken": admin])
      for item in collection.requests { try await run.execute(item) }
      #expect(collection.requests.count > 35)
      #expect(run.checks > 70)
    }

    @Test func `it covers every endpoint of the older surface`() async throws {
      let paths = Set(
        try PostmanCollection.read().requests.compactMap { item in
          item.request.map { request in
            String(request.url.raw.prefix { $0 != "?" }).replacing("{{baseUrl}}", with: "")
          }
        })
      let console = try await SharedStack.current().console()
      let document = try await console.request("GET", "/openapi.json")
      let described = try #require(document.value("paths") as? [String: Any]).keys
      for path in described where !path.hasPrefix("/berth.v1.") {
        #expect(paths.contains(path), "\(path)")
      }
    }
  }
}
