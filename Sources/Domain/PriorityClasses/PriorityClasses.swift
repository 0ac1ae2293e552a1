/// What operators say about priorities: who is asked for first, and who may preempt.
package struct PriorityClasses: Sendable {
  private let store: any PriorityClassStore
  private let clock: any WallClock

  package init(store: any PriorityClassStore, clock: any WallClock) {
    self.store = store
    self.clock = clock
  }

  /// All of them, the highest priority first, then by name.
  package func list(_ grant: AccessGrant) async throws(DomainError) -> [PriorityClass] {
    try await store.priorityClasses()
  }

  /// Makes a class or replaces the one of this name. Deployments that exist keep what they took
  /// over.
  package func put(
    _ grant: AccessGrant, name: String, priority: Int, preempts: Bool, protection: Duration?
  ) async throws(DomainError) -> PriorityClass {
    var validation = Validation()
    validation.priorityClassName(name, "name")
    validation.priority(priority, "priority")
    let protection = protection ?? DomainLimits.bareProtection
    if !DomainLimits.protection.contains(protection) {
      validation.refuse("protection", "must be 0 to 366 days")
    }
    try validation.finish()
    let one = PriorityClass(
      name: name, priority: priority, preempts: preempts, protection: protection,
      updatedAt: clock.now())
    try await store.put(one)
    return one
  }

  /// Throws `.notFound` if there is none. Deployments that exist keep what they took over.
  package func remove(_ grant: AccessGrant, name: String) async throws(DomainError) {
    var validation = Validation()
    validation.priorityClassName(name, "name")
    try validation.finish()
    guard try await store.removePriorityClass(named: name) else {
      throw .notFound(kind: "priority class", name: name)
    }
  }
}
