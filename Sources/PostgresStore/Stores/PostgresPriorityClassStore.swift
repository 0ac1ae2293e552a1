package import Domain

/// Priority classes in PostgreSQL.
package struct PostgresPriorityClassStore: PriorityClassStore {
  let database: PostgresDatabase

  package func priorityClasses() async throws(DomainError) -> [PriorityClass] {
    try await database.read(.priorityClasses, .none).map(PriorityClass.init(row:))
  }

  package func priorityClass(named name: String) async throws(DomainError) -> PriorityClass? {
    try await database.read(.priorityClass, Parameters { $0.add(name) })
      .first(PriorityClass.init(row:))
  }

  package func put(_ one: PriorityClass) async throws(DomainError) {
    let result = try await database.write(
      .putPriorityClass,
      Parameters {
        $0.add(one.name)
        $0.add(Int32(clamping: one.priority))
        $0.add(one.preempts)
        $0.add(one.protection.microseconds)
        $0.add(one.updatedAt)
        $0.add(Int32(DomainLimits.priorityClasses))
      })
    guard result.changedCount == 1 else {
      throw .resourceExhausted("there are \(DomainLimits.priorityClasses) priority classes already")
    }
  }

  package func removePriorityClass(named name: String) async throws(DomainError) -> Bool {
    try await database.write(.removePriorityClass, Parameters { $0.add(name) }).changedCount == 1
  }
}

extension PriorityClass {
  fileprivate static let columns = "p.name, p.priority, p.preempts, p.protection, p.updated_at"

  fileprivate init(row: inout Row) throws(DomainError) {
    self.init(
      name: try row.text(), priority: try row.int(), preempts: try row.flag(),
      protection: try row.duration(), updatedAt: try row.instant())
  }
}

extension Statement {
  fileprivate static let priorityClasses = Statement(
    "priority_classes",
    "SELECT \(PriorityClass.columns) FROM priority_classes p ORDER BY p.priority DESC, p.name")

  fileprivate static let priorityClass = Statement(
    "priority_class", "SELECT \(PriorityClass.columns) FROM priority_classes p WHERE p.name = $1")

  /// Two that add the last one at the same time may both: the bound is for people's sake.
  fileprivate static let putPriorityClass = Statement(
    "put_priority_class",
    """
    INSERT INTO priority_classes (name, priority, preempts, protection, updated_at)
    SELECT $1::text, $2::integer, $3::boolean, $4::bigint, $5::timestamptz
    WHERE (SELECT count(*) FROM priority_classes WHERE name <> $1::text) < $6::int
    ON CONFLICT ON CONSTRAINT priority_classes_name_unique DO UPDATE SET
      priority = excluded.priority, preempts = excluded.preempts,
      protection = excluded.protection, updated_at = excluded.updated_at
    """)

  fileprivate static let removePriorityClass = Statement(
    "remove_priority_class", "DELETE FROM priority_classes WHERE name = $1")
}
