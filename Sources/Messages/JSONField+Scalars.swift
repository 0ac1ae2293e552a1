extension Bool: JSONField {
  public init(json: JSONValue) throws(MessageError) {
    guard case .bool(let value) = json else { throw json.mismatch("true or false") }
    self = value
  }

  public func writeJSON(to json: inout JSONWriter) { json.raw(self ? "true" : "false") }

  public var isJSONDefault: Bool { !self }
}

extension String: JSONField {
  public init(json: JSONValue) throws(MessageError) {
    guard case .string(let value) = json else { throw json.mismatch("a string") }
    guard !value.utf8.contains(0) else { throw MessageError(problem: "holds a NUL character") }
    self = value
  }

  public func writeJSON(to json: inout JSONWriter) { json.string(self) }

  public var isJSONDefault: Bool { isEmpty }
}

/// Bytes are base64; the URL alphabet and missing padding are taken too.
extension Array: JSONField where Element == UInt8 {
  public init(json: JSONValue) throws(MessageError) {
    guard case .string(let value) = json, let bytes = Base64.decode(value) else {
      throw json.mismatch("a string in base64")
    }
    self = bytes
  }

  public func writeJSON(to json: inout JSONWriter) { json.string(Base64.encode(self)) }

  public var isJSONDefault: Bool { isEmpty }
}

extension JSONField where Self: FixedWidthInteger {
  /// A number without fraction, or a string with one: `5`, `5.0`, `"5"`.
  public init(json: JSONValue) throws(MessageError) {
    guard let text = json.numberText else { throw json.mismatch("an integer") }
    if let value = Self(text) {
      self = value
    } else if let real = Double(text), let value = Self(exactly: real),
      real.magnitude <= 9_007_199_254_740_992  // 2^53: beyond it a Double is not what was written
    {
      self = value
    } else {
      throw MessageError(problem: "is not an integer of \(Self.bitWidth) bits: \(text.prefix(32))")
    }
  }

  public var isJSONDefault: Bool { self == 0 }
}

extension Int32: JSONField {
  public func writeJSON(to json: inout JSONWriter) { json.raw(String(self)) }
}

extension UInt32: JSONField {
  public func writeJSON(to json: inout JSONWriter) { json.raw(String(self)) }
}

/// A string, because JavaScript's numbers lose what is above 2^53.
extension Int64: JSONField {
  public func writeJSON(to json: inout JSONWriter) { json.raw("\"\(self)\"") }
}

/// A string, because JavaScript's numbers lose what is above 2^53.
extension UInt64: JSONField {
  public func writeJSON(to json: inout JSONWriter) { json.raw("\"\(self)\"") }
}

extension JSONField where Self: BinaryFloatingPoint & LosslessStringConvertible {
  /// A number, a string with one, or `"NaN"`, `"Infinity"`, `"-Infinity"`.
  public init(json: JSONValue) throws(MessageError) {
    switch json {
    case .string("NaN"): self = .nan
    case .string("Infinity"): self = .infinity
    case .string("-Infinity"): self = -.infinity
    default:
      guard let text = json.numberText, let value = Self(text), value.isFinite else {
        throw json.mismatch("a number")
      }
      self = value
    }
  }

  public func writeJSON(to json: inout JSONWriter) {
    if isNaN {
      json.raw("\"NaN\"")
    } else if isInfinite {
      json.raw(sign == .minus ? "\"-Infinity\"" : "\"Infinity\"")
    } else {
      json.raw(description)
    }
  }

  /// Minus zero is another value than the default.
  public var isJSONDefault: Bool { isZero && sign == .plus }
}

extension Float: JSONField {}
extension Double: JSONField {}

extension MessageEnum {
  /// A name of the .proto, or a number.
  public init(json: JSONValue) throws(MessageError) {
    switch json {
    case .string(let name):
      guard let value = Self(name: name) else {
        throw MessageError(
          problem: "is not a name of \(Self.descriptor.fullName): \(name.prefix(64))")
      }
      self = value
    case .number:
      self.init(rawValue: try Int32(json: json))
    default:
      throw json.mismatch("a name of \(Self.descriptor.fullName)")
    }
  }

  public func writeJSON(to json: inout JSONWriter) {
    if let name { json.string(name) } else { json.raw(String(rawValue)) }
  }

  public var isJSONDefault: Bool { rawValue == 0 }
}
