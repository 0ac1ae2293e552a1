/// Files, and where their symbols are.
package struct DescriptorIndex: Sendable {
  /// What a full name stands for.
  package enum Symbol: Sendable, Equatable {
    case service(Int)
    case method(service: Int, Int)
    /// A message or enum at the top of its file, or the one that it stands within.
    case message(Int)
    case enumeration(Int)
  }

  /// By name.
  package private(set) var files: [String: Proto.File] = [:]
  private var symbols: [String: (file: String, symbol: Symbol)] = [:]
  /// Full names of messages and enums, also of those within others.
  private(set) var types: Set<String> = []
  private(set) var packages: Set<String> = []

  package init() {}

  package init(_ files: [Proto.File]) {
    for file in files { add(file) }
  }

  /// A file that is there already stays as it is.
  package mutating func add(_ file: Proto.File) {
    guard files[file.name] == nil else { return }
    files[file.name] = file
    var name = ""
    for part in file.package.split(separator: ".") {
      name += name.isEmpty ? part : "." + part
      packages.insert(name)
    }
    for (index, message) in file.messages.enumerated() {
      add(message, within: file.package, at: (file.name, .message(index)))
    }
    for (index, enumeration) in file.enums.enumerated() {
      let name = Self.join(file.package, enumeration.name)
      symbols[name] = (file.name, .enumeration(index))
      types.insert(name)
    }
    for (index, service) in file.services.enumerated() {
      let name = Self.join(file.package, service.name)
      symbols[name] = (file.name, .service(index))
      for (number, method) in service.methods.enumerated() {
        let symbol = Symbol.method(service: index, number)
        symbols["\(name).\(method.name)"] = (file.name, symbol)
      }
    }
  }

  private mutating func add(
    _ message: Proto.Message, within scope: String, at place: (file: String, symbol: Symbol)
  ) {
    let name = Self.join(scope, message.name)
    symbols[name] = place
    types.insert(name)
    for nested in message.messages { add(nested, within: name, at: place) }
    for enumeration in message.enums {
      symbols["\(name).\(enumeration.name)"] = place
      types.insert("\(name).\(enumeration.name)")
    }
  }

  /// Where a symbol is: its full name with or without a leading dot, a method's also with a slash
  /// before it. Nil: in none of the files.
  package func find(_ name: String) -> (file: Proto.File, symbol: Symbol)? {
    let name = String(
      (name.hasPrefix(".") ? name.dropFirst() : name[...]).map { $0 == "/" ? "." : $0 })
    guard let place = symbols[name], let file = files[place.file] else { return nil }
    return (file, place.symbol)
  }

  /// A file and all that it imports, directly or not, each once, the file itself first.
  package func closure(of file: Proto.File) -> [Proto.File] {
    var found = [file]
    var names: Set<String> = [file.name]
    var next = 0
    while next < found.count {
      for name in found[next].dependencies where names.insert(name).inserted {
        if let dependency = files[name] { found.append(dependency) }
      }
      next += 1
    }
    return found
  }

  static func join(_ scope: String, _ name: String) -> String {
    scope.isEmpty ? name : "\(scope).\(name)"
  }
}
