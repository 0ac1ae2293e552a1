internal import CPostgres
internal import Domain

/// The rows of one statement. libpq: a PGresult is read-only once made and may be passed around
/// freely between threads (libpq documentation, section 34.20).
final class QueryResult: @unchecked Sendable {
  // @unchecked: see above; the pointer is never changed and freed once, here.
  private let pointer: OpaquePointer

  init(owning pointer: OpaquePointer) { self.pointer = pointer }

  deinit { PQclear(pointer) }

  var count: Int { Int(PQntuples(pointer)) }

  /// How many rows a statement without RETURNING changed.
  var changedCount: Int {
    Int(String(cString: PQcmdTuples(pointer))) ?? 0
  }

  func withPointer<Value>(_ body: (OpaquePointer) -> Value) -> Value {
    withExtendedLifetime(self) { body(pointer) }
  }

  /// Lends the first row; nil if there is none.
  func first<Value>(_ decode: (inout Row) throws(DomainError) -> Value) throws(DomainError)
    -> Value?
  {
    guard count > 0 else { return nil }
    return try decoded(0, decode)
  }

  /// Lends every row in turn.
  func map<Value>(_ decode: (inout Row) throws(DomainError) -> Value) throws(DomainError)
    -> [Value]
  {
    var values: [Value] = []
    values.reserveCapacity(count)
    for index in 0..<count { values.append(try decoded(index, decode)) }
    return values
  }

  private func decoded<Value>(
    _ index: Int, _ decode: (inout Row) throws(DomainError) -> Value
  ) throws(DomainError) -> Value {
    try withExtendedLifetime(self) { () throws(DomainError) -> Value in
      var row = Row(result: pointer, index: Int32(index))
      return try decode(&row)
    }
  }
}
