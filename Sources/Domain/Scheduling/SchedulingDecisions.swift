/// What the engine decided in one call, each kind in the order in which it was decided.
package struct SchedulingDecisions: Sendable, Equatable {
  package var placements: [Placement] = []
  package var expirations: [Expiration] = []
  package var preemptions: [Preemption] = []

  package init() {}

  package var isEmpty: Bool {
    placements.isEmpty && expirations.isEmpty && preemptions.isEmpty
  }
}
