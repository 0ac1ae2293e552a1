import Messages

/// Every message type that a service method takes or answers, and every type within one.
enum AllMessages {
  static let types: [any Message.Type] = {
    var found: [String: any Message.Type] = [:]
    func add(_ type: any Message.Type) {
      guard found.updateValue(type, forKey: type.descriptor.fullName) == nil else { return }
      for field in type.descriptor.fields {
        if case .message(let inner) = field.kind { add(inner) }
      }
    }
    for method in Services.all.flatMap(\.methods) {
      add(method.input)
      add(method.output)
    }
    return found.values.sorted { $0.descriptor.fullName < $1.descriptor.fullName }
  }()
}
