/// One field that an endpoint of the older surface takes.
struct InputField: Sendable {
  enum Kind: Sendable {
    case text
    case amount(AmountUnit)
    case integer(ClosedRange<Int64>)
    case time
    /// One of these, in any case of letters.
    case choice([String])
    /// Any number of texts.
    case texts
  }

  let name: String
  let kind: Kind
  let isRequired: Bool
  let words: String

  static func required(_ name: String, _ kind: Kind, _ words: String) -> InputField {
    InputField(name: name, kind: kind, isRequired: true, words: words)
  }

  static func optional(_ name: String, _ kind: Kind, _ words: String) -> InputField {
    InputField(name: name, kind: kind, isRequired: false, words: words)
  }
}

/// What a caller gave for a field.
enum FieldValue: Sendable, Equatable {
  case text(String)
  /// In the RPCs' unit.
  case amount(Int64)
  case integer(Int64)
  case time(Int64)
  case texts([String])
}
