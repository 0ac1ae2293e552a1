import Foundation
import TestSupport
import Testing

/// A Postman collection (v2.1), as much of it as ours uses: folders, variables, bearer tokens, and
/// the lines of its scripts.
struct PostmanCollection: Decodable {
  struct Variable: Decodable {
    let key: String
    let value: String
  }

  struct Auth: Decodable {
    let type: String
    let bearer: [Variable]?
  }

  struct Event: Decodable {
    struct Script: Decodable { let exec: [String] }

    let listen: String
    let script: Script
  }

  struct Request: Decodable {
    struct URL: Decodable { let raw: String }
    struct Body: Decodable { let raw: String }

    let method: String
    let url: URL
    let header: [Variable]
    let body: Body?
    let auth: Auth?
  }

  struct Item: Decodable {
    let name: String
    let item: [Item]?
    let event: [Event]?
    let request: Request?
  }

  let auth: Auth
  let variable: [Variable]
  let item: [Item]

  static func read() throws -> PostmanCollection {
    let path = TestEnvironment.checkout + "/postman_collection.json"
    return try JSONDecoder().decode(
      PostmanCollection.self, from: try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Every request, in order.
  var requests: [Item] { Self.flat(item) }

  private static func flat(_ items: [Item]) -> [Item] {
    items.flatMap { item in item.item.map(flat) ?? [item] }
  }
}
