import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// What `--berth_opt` says, as `key=value` separated by commas.
struct GeneratorOptions {
  /// What to write for each .proto file.
  enum Mode: String {
    /// `X.pb.swift`: the messages and enums, and the methods of its services.
    case messages
    /// `X.client.swift`: a client for each service.
    case client
    /// `X.server.swift`: a handler protocol for each service.
    case server
  }

  var mode = Mode.messages
  /// `visibility=public|package|internal`: of everything that is written.
  var visibility = "public"
  /// `imports=A;B`: modules imported with that visibility.
  var imports: [String] = []
  /// `c_module=X`: where protoc-c's output of the same files is.
  var cModule = "CMessages"
  /// `registry=X`: also write `X.swift` with `enum X { static let all }` over every service given.
  var registry: String?

  /// `well_known=true`: the registry also has the descriptors of google/protobuf/*.proto that the
  /// files import. For the module that the others import.
  var wellKnown = false
  /// The access of imports that the declarations need. "internal" is left out: it would contradict
  /// the plain imports beside it in a module without `InternalImportsByDefault`.
  var importAccess: String { visibility == "internal" ? "" : visibility }
  /// The access of imports that the bodies alone need.
  var bodyImportAccess: String { visibility == "internal" ? "" : "internal" }

  init(_ parameter: any CodeGeneratorParameter) throws(GeneratorError) {
    for (key, value) in parameter.parsedPairs {
      switch key {
      case "mode":
        guard let mode = Mode(rawValue: value) else {
          throw GeneratorError("mode=\(value): messages, client or server")
        }
        self.mode = mode
      case "visibility":
        guard ["public", "package", "internal"].contains(value) else {
          throw GeneratorError("visibility=\(value): public, package or internal")
        }
        visibility = value
      case "imports":
        imports = value.split(separator: ";").map(String.init).sorted()
      case "c_module":
        cModule = value
      case "well_known":
        wellKnown = value == "true"
      case "registry":
        registry = value
      default:
        throw GeneratorError("unknown option \(key)")
      }
    }
  }
}
