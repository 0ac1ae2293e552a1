import Descriptors
import Messages

/// The messages, enums and services of the .proto files, with their comments.
struct TypeCatalog {
  private(set) var messages: [String: Proto.Message] = [:]
  private(set) var enums: [String: Proto.Enum] = [:]
  /// With their full names, by name.
  private(set) var services: [(name: String, service: Proto.Service)] = []

  /// Of all that `services` are from and need. Throws for a descriptor that the generator did not
  /// write.
  init(_ descriptors: [ServiceDescriptor]) throws(DescriptorError) {
    var seen: Set<String> = []
    for file in descriptors.compactMap(\.file).flatMap(\.closure) {
      guard seen.insert(file.name).inserted else { continue }
      add(try Proto.File(decoding: file.descriptor))
    }
    services.sort { $0.name < $1.name }
  }

  private mutating func add(_ file: Proto.File) {
    for message in file.messages { add(message, within: file.package) }
    for one in file.enums { enums["\(file.package).\(one.name)"] = one }
    for service in file.services { services.append(("\(file.package).\(service.name)", service)) }
  }

  private mutating func add(_ message: Proto.Message, within scope: String) {
    let name = "\(scope).\(message.name)"
    messages[name] = message
    for nested in message.messages { add(nested, within: name) }
    for one in message.enums { enums["\(name).\(one.name)"] = one }
  }

  /// `.berth.v1.User` -> `berth.v1.User`.
  static func name(_ reference: String) -> String {
    reference.hasPrefix(".") ? String(reference.dropFirst()) : reference
  }
}
