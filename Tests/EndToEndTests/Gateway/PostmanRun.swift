import Foundation
import TestSupport
import Testing

/// Executes the requests of a collection in order, as Postman does. A line of a script that it does
/// not understand fails the test.
struct PostmanRun {
  private let console: ConsoleProcess
  private let collection: PostmanCollection
  private var variables: [String: String]
  /// Checks that were made.
  private(set) var checks = 0

  init(
    _ collection: PostmanCollection, at console: ConsoleProcess, variables own: [String: String]
  ) {
    self.collection = collection
    self.console = console
    variables = Dictionary(collection.variable.map { ($0.key, $0.value) }) { $1 }
    variables.merge(own) { $1 }
  }

  mutating func execute(_ item: PostmanCollection.Item) async throws {
    let request = try #require(item.request, "\(item.name)")
    for line in lines(of: item, "prerequest") { try prepare(line) }
    var headers: [String: String] = [:]
    for header in request.header { headers[header.key] = try filled(header.value) }
    if let token = try token(of: request) { headers["authorization"] = "Bearer \(token)" }
    let url = try filled(request.url.raw)
    try #require(url.hasPrefix(console.url), "\(item.name): \(url)")
    let answer = try await console.request(
      request.method, String(url.dropFirst(console.url.count)),
      body: try request.body.map { try filled($0.raw) }, headers: headers)
    let script = lines(of: item, "test")
    #expect(
      script.contains { $0.contains("to.have.status") }, "\(item.name) asserts no status")
    for line in script { try check(line, answer, item.name) }
  }

  private func lines(of item: PostmanCollection.Item, _ listen: String) -> [String] {
    (item.event ?? []).filter { $0.listen == listen }.flatMap(\.script.exec)
  }

  private func token(of request: PostmanCollection.Request) throws -> String? {
    let auth = request.auth ?? collection.auth
    guard auth.type == "bearer" else { return nil }
    let token = auth.bearer?.first { $0.key == "token" }
    return try filled(try #require(token).value)
  }

  /// `{{name}}` becomes the variable's value, which must not be empty.
  private func filled(_ text: String) throws -> String {
    try text.replacing(#/\{\{(\w+)\}\}/#) { match in
      let value = try #require(variables[String(match.output.1)], "\(match.output.0)")
      try #require(!value.isEmpty, "\(match.output.0) is empty")
      return value
    }
  }

  // MARK: Scripts

  /// `pm.collectionVariables.set("name", "prefix" + pm.variables.replaceIn("{{$guid}}"));`
  private mutating func prepare(_ line: String) throws {
    let pattern =
      #/pm\.collectionVariables\.set\("(\w+)", "([^"]*)" \+ pm\.variables\.replaceIn\("\{\{\$guid\}\}"\)\);/#
    let match = try #require(line.wholeMatch(of: pattern), "\(line)")
    variables[String(match.output.1)] = match.output.2 + UUID().uuidString.lowercased()
  }

  private mutating func check(_ line: String, _ answer: HTTPAnswer, _ name: String) throws {
    let set = #/pm\.collectionVariables\.set\("(\w+)", pm\.response\.json\(\)(\S*)\);/#
    let status = #/pm\.test\("[^"]+", \(\) => pm\.response\.to\.have\.status\((\d+)\)\);/#
    let equal =
      #/pm\.test\("[^"]+", \(\) => pm\.expect\(pm\.response\.json\(\)(\S*)\)\.to\.eql\((.*)\)\);/#
    let include =
      #/pm\.test\("[^"]+", \(\) => pm\.expect\(pm\.response\.text\(\)\)\.to\.include\("(.*)"\)\);/#
    checks += 1
    if let match = line.wholeMatch(of: set) {
      let found = try self.value(at: match.output.2, in: answer) as? String
      let text: String = try #require(found, "\(name): \(line) \(answer)")
      variables[String(match.output.1)] = text
    } else if let match = line.wholeMatch(of: status) {
      #expect(String(answer.status) == match.output.1, "\(name): \(answer)")
    } else if let match = line.wholeMatch(of: equal) {
      let found = try value(at: match.output.1, in: answer)
      let wanted = try literal(match.output.2)
      #expect(found as? NSObject == wanted, "\(name): \(line) \(answer)")
    } else if let match = line.wholeMatch(of: include) {
      #expect(answer.body.contains(match.output.1), "\(name): \(line) \(answer)")
    } else {
      Issue.record("\(name): the line is not understood: \(line)")
    }
  }

  /// The value at `.a.b[0].length`.
  private func value(at path: Substring, in answer: HTTPAnswer) throws -> Any? {
    var value = answer.json
    for step in path.matches(of: #/\.(\w+)|\[(\d+)\]/#) {
      if let index = step.output.2.flatMap({ Int($0) }) {
        value = index.look(into: value)
      } else if step.output.1 == "length", let values = value as? [Any] {
        value = values.count as NSNumber
      } else {
        value = String(step.output.1 ?? "").look(into: value)
      }
    }
    return value
  }

  private func literal(_ text: Substring) throws -> NSObject {
    if let match = text.wholeMatch(of: #/pm\.collectionVariables\.get\("(\w+)"\)/#) {
      return try #require(variables[String(match.output.1)]) as NSString
    }
    let value = try JSONSerialization.jsonObject(
      with: Data(text.utf8), options: .fragmentsAllowed)
    return try #require(value as? NSObject, "\(text)")
  }
}
