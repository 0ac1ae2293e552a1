import Messages

extension InputField {
  /// Why a value is none of the field's: words for people, and FastAPI's name of the problem.
  struct Problem: Error {
    let message: String
    let type: String
  }

  /// Reads a value of JSON, or of a query, where everything is text.
  func read(_ json: JSONValue) throws(Problem) -> FieldValue {
    switch kind {
    case .text: return .text(try Self.text(json))
    case .amount(let unit):
      let number = try Self.number(json)
      do throws(AmountUnit.Problem) {
        return .amount(try unit.base(of: number))
      } catch {
        throw Problem(message: "Input \(error.text)", type: "value_error")
      }
    case .integer(let range):
      let number = try Self.number(json)
      guard let value = try? Int64(json: .number(number)) else {
        throw Problem(message: "Input should be a valid integer", type: "int_parsing")
      }
      guard range.contains(value) else {
        throw Problem(
          message: "Input should be \(range.lowerBound) to \(range.upperBound)", type: "value_error"
        )
      }
      return .integer(value)
    case .time:
      guard let time = OlderTime.read(try Self.text(json)) else {
        throw Problem(
          message: "Input should be a valid datetime such as 2026-01-31T12:30:00Z",
          type: "datetime_parsing")
      }
      return .time(time.microseconds)
    case .choice(let names):
      let name = try Self.text(json).lowercased()
      guard names.contains(name) else {
        throw Problem(
          message: "Input should be \(names.joined(separator: ", "))", type: "enum")
      }
      return .text(name)
    case .texts: return .texts(try Self.texts(json))
    }
  }

  private static func text(_ json: JSONValue) throws(Problem) -> String {
    guard case .string(let text) = json else {
      throw Problem(message: "Input should be a valid string", type: "string_type")
    }
    guard !text.utf8.contains(0) else {
      throw Problem(message: "Input should not hold a NUL character", type: "value_error")
    }
    return text
  }

  /// A number, or a text that is one.
  private static func number(_ json: JSONValue) throws(Problem) -> String {
    switch json {
    case .number(let text): return text
    case .string(let text):
      guard case .number(let number)? = try? JSONValue(parsing: text) else {
        throw Problem(message: "Input should be a valid number", type: "float_parsing")
      }
      return number
    default: throw Problem(message: "Input should be a valid number", type: "float_type")
    }
  }

  private static func texts(_ json: JSONValue) throws(Problem) -> [String] {
    switch json {
    case .string(let text): return text.split(separator: ",").map(String.init)
    case .array(let elements) where elements.count <= GatewayLimits.completedDeployments:
      var texts: [String] = []
      for element in elements { texts.append(try text(element)) }
      return texts
    case .array:
      throw Problem(
        message: "Input should have at most \(GatewayLimits.completedDeployments) elements",
        type: "too_long")
    default: throw Problem(message: "Input should be a valid list", type: "list_type")
    }
  }
}
