import Domain

extension MemoryDatabase: PriorityClassStore {
  func priorityClasses() async throws(DomainError) -> [PriorityClass] {
    with { state in
      state.classes.values.sorted {
        $0.priority != $1.priority ? $0.priority > $1.priority : $0.name < $1.name
      }
    }
  }

  func priorityClass(named name: String) async throws(DomainError) -> PriorityClass? {
    with { $0.classes[name] }
  }

  func put(_ one: PriorityClass) async throws(DomainError) {
    with { $0.classes[one.name] = one }
  }

  func removePriorityClass(named name: String) async throws(DomainError) -> Bool {
    with { $0.classes.removeValue(forKey: name) != nil }
  }
}
