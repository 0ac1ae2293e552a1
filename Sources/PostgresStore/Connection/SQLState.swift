/// The five characters by which PostgreSQL classes an error (its documentation, appendix A).
struct SQLState: Hashable, Sendable, CustomStringConvertible {
  let description: String

  init(_ code: String) { description = code }

  static let uniqueViolation = SQLState("23505")
  static let foreignKeyViolation = SQLState("23503")
  static let checkViolation = SQLState("23514")
  static let serializationFailure = SQLState("40001")
  static let deadlockDetected = SQLState("40P01")
  static let queryCancelled = SQLState("57014")
  static let undefinedStatement = SQLState("26000")
  static let lockNotAvailable = SQLState("55P03")
  static let readOnlyTransaction = SQLState("25006")
  static let undefinedTable = SQLState("42P01")
  static let idleInTransaction = SQLState("25P03")

  /// The first two characters.
  var `class`: Substring { description.prefix(2) }

  /// The transaction did not happen and may well succeed when it is tried again at once.
  var isRace: Bool { self == .serializationFailure || self == .deadlockDetected }

  /// What was sent is at fault: another attempt fails alike, other rows need not.
  var isDataError: Bool { self.class == "22" || self.class == "23" }

  /// The server is going away, starting, out of something, or no longer the primary.
  var isAbsence: Bool {
    switch self.class {
    case "08", "53", "58": true
    case "57": self != .queryCancelled
    default: self == .readOnlyTransaction || self == .lockNotAvailable || self == .idleInTransaction
    }
  }

  /// Connecting again cannot help before somebody changes the configuration.
  var isMisconfiguration: Bool { self.class == "28" || self.class == "3D" }
}
