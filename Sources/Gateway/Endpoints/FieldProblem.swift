import Messages

/// What is wrong with one field of a request, in the form that FastAPI's callers know.
struct FieldProblem: Sendable, Equatable {
  /// Where: `["body", "username"]`.
  let location: [String]
  /// For people: "Field required".
  let message: String
  /// For programs: `missing`, `string_type`.
  let type: String

  var json: JSONValue {
    [
      "loc": .array(location.map { .string($0) }), "msg": .string(message), "type": .string(type),
    ]
  }
}
