import Foundation
import Messages

/// Collects what a request of the older surface gives: the members of a JSON body, the parameters
/// of a query, and what stands in `filters` in either, as an object or as its JSON text.
struct GivenMembers {
  private static let filters = "filters"

  private(set) var members: [JSONMember] = []

  /// A body's JSON text; empty: none.
  mutating func add(body text: String) throws(EndpointError) {
    guard !text.isEmpty else { return }
    let json: JSONValue
    do throws(MessageError) {
      json = try JSONValue(parsing: text)
    } catch {
      throw Self.problem(["body"], "JSON decode error: the body \(error.problem)", "json_invalid")
    }
    guard case .object(let members) = json else {
      throw Self.problem(["body"], "Input should be a valid object", "model_attributes_type")
    }
    try add(members, place: "body")
  }

  /// A URL's query, without the question mark.
  mutating func add(query text: String) throws(EndpointError) {
    var members: [JSONMember] = []
    for part in text.split(separator: "&").prefix(GatewayLimits.inputMembers + 1) {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decoded(pair[0]),
        let value = Self.decoded(pair.count > 1 ? pair[1] : "")
      else {
        throw Self.problem(["query"], "The query is not percent-encoded UTF-8", "value_error")
      }
      members.append(JSONMember(name: Self.unbracketed(name), value: .string(value)))
    }
    try add(members, place: "query")
  }

  private mutating func add(_ new: [JSONMember], place: String) throws(EndpointError) {
    guard members.count + new.count <= GatewayLimits.inputMembers else {
      throw Self.problem(
        [place], "There should be at most \(GatewayLimits.inputMembers) fields", "too_long")
    }
    for member in new {
      guard member.name == Self.filters else {
        members.append(member)
        continue
      }
      try add(filters: member.value, place: place)
    }
  }

  private mutating func add(filters: JSONValue, place: String) throws(EndpointError) {
    switch filters {
    case .null, .string(""): break
    case .string(let text):
      guard case .object(let inner)? = try? JSONValue(parsing: text) else {
        throw Self.problem(
          [place, Self.filters], "Input should be a JSON object or its text", "json_invalid")
      }
      members += inner.prefix(GatewayLimits.inputMembers)
    case .object(let inner): members += inner.prefix(GatewayLimits.inputMembers)
    default:
      throw Self.problem([place, Self.filters], "Input should be a valid object", "dict_type")
    }
  }

  private static func problem(
    _ location: [String], _ message: String, _ type: String
  ) -> EndpointError {
    .fields([FieldProblem(location: location, message: message, type: type)])
  }

  private static func decoded(_ text: Substring) -> String? {
    String(text.map { $0 == "+" ? " " : $0 }).removingPercentEncoding
  }

  /// `filters[cpu_size_less_than]` -> `cpu_size_less_than`.
  private static func unbracketed(_ name: String) -> String {
    guard name.hasPrefix("\(filters)["), name.hasSuffix("]") else { return name }
    return String(name.dropFirst(filters.count + 1).dropLast())
  }
}
