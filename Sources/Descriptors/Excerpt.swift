/// One symbol and all that it needs, as a .proto file that stands by itself: types of the symbol's
/// package are in it, those of others are imported from the files that they are in.
struct Excerpt {
  private let index: DescriptorIndex
  private let home: Proto.File
  /// Files that are imported although they are of the same package.
  private var outside: Set<String> = []
  /// What the file holds, by file: indices of messages and enums at its top.
  private(set) var messages: [String: Set<Int>] = [:]
  private(set) var enums: [String: Set<Int>] = [:]
  private(set) var services: [Proto.Service] = []
  private(set) var imports: Set<String> = []

  /// Throws `.unknown` where the symbol is in no file.
  init(of name: String, in index: DescriptorIndex) throws(DescriptorError) {
    guard let (file, symbol) = index.find(name) else { throw .unknown(name) }
    self.index = index
    home = file
    // What is imported must not import in turn what is in the excerpt: such files are imported too.
    while true {
      collect(symbol)
      let reached = Set(imports.compactMap { index.files[$0] }.flatMap(index.closure).map(\.name))
      let twice = reached.intersection(messages.keys).union(reached.intersection(enums.keys))
        .subtracting([home.name])
      if twice.isEmpty { break }
      outside.formUnion(twice)
    }
  }

  var package: String { home.package }
  var isProto3: Bool { home.isProto3 }
  /// Files that are in the excerpt in part, the symbol's own first.
  var files: [Proto.File] {
    let others = Set(messages.keys).union(enums.keys).subtracting([home.name]).sorted()
    return [home] + others.compactMap { index.files[$0] }
  }

  private mutating func collect(_ symbol: DescriptorIndex.Symbol) {
    (messages, enums, services, imports) = ([:], [:], [], [])
    var todo: [String] = []
    switch symbol {
    case .service(let number):
      services = [home.services[number]]
    case .method(let number, let method):
      var service = home.services[number]
      service.methods = [service.methods[method]]
      services = [service]
    case .message(let number):
      todo.append(DescriptorIndex.join(package, home.messages[number].name))
    case .enumeration(let number):
      todo.append(DescriptorIndex.join(package, home.enums[number].name))
    }
    todo += services.flatMap(\.methods).flatMap { [$0.input, $0.output] }
    while let name = todo.popLast() {
      guard let (file, symbol) = index.find(name) else { continue }
      let isInside =
        file.package == package && file.isProto3 == isProto3 && !outside.contains(file.name)
      guard isInside else {
        imports.insert(file.name)
        continue
      }
      switch symbol {
      case .message(let number):
        if messages[file.name, default: []].insert(number).inserted {
          todo += Self.references(of: file.messages[number])
        }
      case .enumeration(let number): enums[file.name, default: []].insert(number)
      case .service, .method: break
      }
    }
  }

  private static func references(of message: Proto.Message) -> [String] {
    message.fields.map(\.typeName).filter { !$0.isEmpty } + message.messages.flatMap(references)
  }
}
