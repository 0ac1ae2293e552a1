import Messages
import Descriptors
import Synchronization

/// What a server offers: its methods and services, and their .proto files.
final class ServerCatalog: Sendable {
  /// By path: the index of a method is its index here.
  let registrations: [MethodRegistration]
  /// Full names, sorted.
  let services: [String]
  let startedAt = Timestamp.now
  private let files: [ProtoFile]
  private let index = Mutex<DescriptorIndex?>(nil)

  init(_ router: Router) {
    registrations = router.registrations.values.sorted { $0.method.path < $1.method.path }
    services = Set(registrations.map(\.method.service)).sorted()
    var files: [String: ProtoFile] = [:]
    for service in services {
      for file in router.services[service]?.file?.closure ?? [] { files[file.name] = file }
    }
    self.files = files.values.sorted { $0.name < $1.name }
  }

  /// The methods of a service, by name.
  func methods(of service: String) -> [MethodDescriptor] {
    registrations.map(\.method).filter { $0.service == service }
  }

  /// The file of that name.
  func file(named name: String) -> ProtoFile? { files.first { $0.name == name } }

  /// The file that has a symbol. The first to ask has the descriptors read.
  func file(of symbol: String) throws(DescriptorError) -> ProtoFile? {
    if let index = index.withLock({ $0 }) {
      return index.find(symbol).flatMap { file(named: $0.file.name) }
    }
    var made = DescriptorIndex()
    for file in files { made.add(try Proto.File(decoding: file.descriptor)) }
    index.withLock { $0 = made }
    return made.find(symbol).flatMap { file(named: $0.file.name) }
  }
}
