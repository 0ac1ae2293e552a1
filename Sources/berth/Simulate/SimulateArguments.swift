import ArgumentParser
import Simulation

/// "42-51", or "42".
struct SeedRange: ExpressibleByArgument {
  let values: ClosedRange<UInt64>

  init?(argument: String) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
      .map { UInt64($0) }
    guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1],
      first <= last, last - first < UInt64(SimulationLimits.seeds)
    else { return nil }
    values = first...last
  }
}

/// "berth,fgd", or "all".
struct PolicyList: ExpressibleByArgument {
  let names: [PolicyName]

  init(_ names: [PolicyName]) { self.names = names }

  init?(argument: String) {
    if argument == "all" {
      names = PolicyName.allCases
      return
    }
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let names = parts.compactMap { PolicyName(rawValue: String($0)) }
    guard names.count == parts.count, Set(names).count == names.count else { return nil }
    self.names = names
  }

  var defaultValueDescription: String { names.map(\.rawValue).joined(separator: ",") }
}

/// "1,0.5,2"
struct WeightList: ExpressibleByArgument {
  /// In thousandths.
  let millis: [Int64]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let millis = parts.compactMap { Amounts.cpuMillis(String($0)) }
    guard millis.count == parts.count, millis.count <= SimulationLimits.sharingOrganizations,
      millis.allSatisfy({ (1...SimulationLimits.weightMillis).contains($0) })
    else { return nil }
    self.millis = millis
  }
}
