/// Numbers for the GPU models of one organization's clusters, as bits of a request's set. Beyond
/// `SchedulingLimits.models` the last number stands for all that came later.
struct PoolModels: Sendable {
  private var numbers: [Int: UInt8] = [:]

  var count: Int { min(numbers.count, SchedulingLimits.models) }

  /// Whether a bit says exactly which model.
  var areExact: Bool { numbers.count <= SchedulingLimits.models }

  /// - Parameter model: the engine's number of its name.
  mutating func number(of model: Int) -> UInt8 {
    if let known = numbers[model] { return known }
    let number = UInt8(min(numbers.count, SchedulingLimits.models - 1))
    numbers[model] = number
    return number
  }

  /// - Parameter wanted: the engine's numbers of the models that will do; empty: any.
  func set(of wanted: [Int]) -> UInt64 {
    guard !wanted.isEmpty else { return .max }
    return wanted.reduce(0) { set, model in
      numbers[model].map { set | 1 << UInt64($0) } ?? set
    }
  }
}
