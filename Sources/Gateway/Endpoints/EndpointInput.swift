import Foundation
import Messages

/// The fields that a caller gave, each of the kind that its endpoint says.
struct EndpointInput: Sendable {
  private let values: [String: FieldValue]

  /// Checks what was given against `fields`; others are ignored, as callers of the older platform
  /// are used to. Throws every problem at once.
  ///
  /// - Parameter place: "body" or "query".
  init(
    _ members: [JSONMember], fields: [InputField], place: String
  ) throws(EndpointError) {
    // Of members with the same name the last one counts.
    let given = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    var values: [String: FieldValue] = [:]
    var problems: [FieldProblem] = []
    for field in fields {
      let location = [place, field.name]
      switch given[field.name] {
      case nil,
        .null? where !field.isRequired:
        guard field.isRequired else { continue }
        problems.append(
          FieldProblem(location: location, message: "Field required", type: "missing"))
      case let json?:
        do throws(InputField.Problem) {
          values[field.name] = try field.read(json)
        } catch {
          problems.append(
            FieldProblem(location: location, message: error.message, type: error.type))
        }
      }
    }
    guard problems.isEmpty else { throw .fields(problems) }
    self.values = values
  }

  func has(_ name: String) -> Bool { values[name] != nil }

  /// Empty where it was not given.
  func text(_ name: String) -> String {
    if case .text(let text)? = values[name] { text } else { "" }
  }

  func texts(_ name: String) -> [String] {
    if case .texts(let texts)? = values[name] { texts } else { [] }
  }

  /// In the RPCs' unit.
  func amount(_ name: String) -> Int64? {
    if case .amount(let amount)? = values[name] { amount } else { nil }
  }

  func integer(_ name: String) -> Int64? {
    if case .integer(let integer)? = values[name] { integer } else { nil }
  }

  /// Microseconds since 1970.
  func time(_ name: String) -> Int64? {
    if case .time(let time)? = values[name] { time } else { nil }
  }
}
