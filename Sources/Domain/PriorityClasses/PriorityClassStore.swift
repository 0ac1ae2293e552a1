/// The priority classes of the installation.
package protocol PriorityClassStore: Sendable {
  /// All of them, the highest priority first, then by name.
  func priorityClasses() async throws(DomainError) -> [PriorityClass]
  func priorityClass(named name: String) async throws(DomainError) -> PriorityClass?
  /// Makes the class or replaces it. Throws `.resourceExhausted` for a new one where there are
  /// `DomainLimits.priorityClasses`.
  func put(_ one: PriorityClass) async throws(DomainError)
  /// False: there was none.
  func removePriorityClass(named name: String) async throws(DomainError) -> Bool
}
