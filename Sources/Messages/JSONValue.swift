/// JSON text as a tree. Numbers keep their text, objects the order of their members.
public enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])
}

/// One member of a JSON object.
public struct JSONMember: Sendable, Hashable {
  public let name: String
  public let value: JSONValue

  public init(name: String, value: JSONValue) {
    self.name = name
    self.value = value
  }
}

extension JSONValue {
  /// The members of the object that a message is.
  public func members(of message: String) throws(MessageError) -> [JSONMember] {
    guard case .object(let members) = self else { throw mismatch("an object (\(message))") }
    return members
  }

  /// The text of a number, or of a string where protobuf takes one for a number.
  var numberText: String? {
    switch self {
    case .number(let text): text
    case .string(let text) where text.utf8.allSatisfy(Self.isNumeric) && text.first != "+": text
    default: nil
    }
  }

  /// Swift would take more for a number than JSON does: "0x10", "nan".
  private static func isNumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"),
      UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  func mismatch(_ expected: String) -> MessageError {
    let found =
      switch self {
      case .null: "null"
      case .bool: "a boolean"
      case .number: "a number"
      case .string: "a string"
      case .array: "an array"
      case .object: "an object"
      }
    return MessageError(problem: "must be \(expected), not \(found)")
  }
}

extension JSONMember {
  /// The value of a field; `null` is the default. `field` is the name in the .proto.
  public func value<T: JSONField>(_ field: String) throws(MessageError) -> T {
    if case .null = value { return T() }
    return try read(value, field)
  }

  /// The value of a field that may be absent, which `null` says.
  public func value<T: JSONField>(_ field: String) throws(MessageError) -> T? {
    if case .null = value { return nil }
    return try read(value, field)
  }

  /// The elements of a repeated field.
  public func value<T: JSONField>(_ field: String) throws(MessageError) -> [T] {
    switch value {
    case .null: return []
    case .array(let elements):
      var result: [T] = []
      result.reserveCapacity(elements.count)
      for (index, element) in elements.enumerated() {
        result.append(try read(element, "\(field)[\(index)]"))
      }
      return result
    default: throw value.mismatch("an array").within(field)
    }
  }

  /// The entries of a map field; of entries with the same key the last one counts.
  public func value<Key: Hashable & LosslessStringConvertible, T: JSONField>(
    _ field: String
  ) throws(MessageError) -> [Key: T] {
    switch value {
    case .null: return [:]
    case .object(let members):
      var result: [Key: T] = [:]
      for member in members {
        guard let key = Key(member.name), !member.name.utf8.contains(0) else {
          throw MessageError(field: field, problem: "has a key that is no \(Key.self)")
        }
        result[key] = try read(member.value, MessageError.entry(of: field, key: member.name))
      }
      return result
    default: throw value.mismatch("an object").within(field)
    }
  }

  /// The value of a field of a oneof, nil for `null`; an error if a field of it was there already.
  public func chosenValue<T: JSONField>(
    _ field: String, alreadySet: Bool
  ) throws(MessageError) -> T? {
    if case .null = value { return nil }
    guard !alreadySet else {
      throw MessageError(field: field, problem: "excludes another field that is there too")
    }
    return try read(value, field)
  }

  /// The error of a name that no field has.
  public func unknownField(of message: String) -> MessageError {
    MessageError(field: String(name.prefix(64)), problem: "is not a field of \(message)")
  }

  private func read<T: JSONField>(_ value: JSONValue, _ field: String) throws(MessageError) -> T {
    do throws(MessageError) { return try T(json: value) } catch { throw error.within(field) }
  }
}
