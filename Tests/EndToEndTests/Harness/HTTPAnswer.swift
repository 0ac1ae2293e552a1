import Foundation

/// What the console answered to one HTTP request.
struct HTTPAnswer: Sendable, CustomStringConvertible {
  let status: Int
  /// Names in lower case; of fields with the same name the values by commas.
  let headers: [String: String]
  let body: String

  /// The body as JSON: `[String: Any]`, `[Any]`, a string, a number; nil where it is none.
  var json: Any? {
    try? JSONSerialization.jsonObject(with: Data(body.utf8), options: .fragmentsAllowed)
  }

  /// The value at a path of names and indices in the JSON body; nil where there is none.
  func value(_ path: any JSONStep...) -> Any? {
    path.reduce(json) { value, part in part.look(into: value) }
  }

  /// The same as text.
  func text(_ path: any JSONStep...) -> String? {
    path.reduce(json) { value, part in part.look(into: value) } as? String
  }

  var description: String { "\(status) \(body)" }
}

/// A name or an index on the way into JSON.
protocol JSONStep: Sendable {
  func look(into value: Any?) -> Any?
}

extension String: JSONStep {
  func look(into value: Any?) -> Any? { (value as? [String: Any])?[self] }
}

extension Int: JSONStep {
  func look(into value: Any?) -> Any? {
    guard let values = value as? [Any], values.indices.contains(self) else { return nil }
    return values[self]
  }
}
