import Foundation
import HTTPTypes
import Messages
import TestSupport
import Testing

@testable import Gateway

struct OpenAPIDocumentTests {
  private let document: [String: Any]

  init() throws {
    let text = try OpenAPIDocument.text(version: "1.2.3")
    document = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func value(_ path: String...) -> Any? {
    path.reduce(document as Any?) { ($0 as? [String: Any])?[$1] }
  }

  @Test func `every method and every endpoint has an operation`() throws {
    #expect(value("info", "version") as? String == "1.2.3")
    let paths = try #require(value("paths") as? [String: [String: Any]])
    for method in Services.all.flatMap(\.methods) {
      #expect(paths["/\(method.path)"]?["post"] != nil, "\(method.path)")
    }
    for endpoint in Endpoint.all {
      #expect(paths[endpoint.path]?[endpoint.method.rawValue.lowercased()] != nil)
    }
    #expect(paths.count == Services.all.flatMap(\.methods).count + Endpoint.all.count)
  }

  @Test func `comments of the .proto files are its words`() {
    let path = "/berth.v1.UserService/CreateUser"
    #expect(value("paths", path, "post", "summary") as? String == "Creates a user.")
    let words =
      value(
        "components", "schemas", "berth.v1.CreateUserRequest", "properties", "username",
        "description") as? String
    #expect(words?.hasPrefix("3 to 64 of a-z") == true)
    let state = value("components", "schemas", "berth.v1.DeploymentState", "enum") as? [String]
    #expect(state?.contains("DEPLOYMENT_STATE_RUNNING") == true)
  }

  @Test func `fields have the JSON mapping of their kinds`() throws {
    let properties = try #require(
      value("components", "schemas", "berth.v1.Deployment", "properties")
        as? [String: [String: Any]])
    #expect(
      properties["createdAt"]?["$ref"] as? String
        == "#/components/schemas/google.protobuf.Timestamp")
    #expect(properties["command"]?["type"] as? String == "array")
    let env = properties["env"]?["additionalProperties"] as? [String: Any]
    #expect(env?["type"] as? String == "string")
    #expect(properties["priority"]?["type"] as? String == "integer")
    let resources = value("components", "schemas", "berth.v1.Resources", "properties", "cpuMillis")
    #expect((resources as? [String: Any])?["type"] as? [String] == ["string", "integer"])
    let report = value("components", "schemas", "berth.v1.AgentMessage", "description") as? String
    #expect(report == "At most one of `hello`, `heartbeat`, `report`, `log`.")
  }

  @Test func `every reference leads somewhere`() {
    var references: Set<String> = []
    Self.collect(document, into: &references)
    #expect(references.count > 100)
    for reference in references {
      let parts = reference.split(separator: "/").dropFirst().map(String.init)
      let target = parts.reduce(document as Any?) { ($0 as? [String: Any])?[$1] }
      #expect(target is [String: Any], "\(reference)")
    }
  }

  @Test func `the list of open methods names methods that exist`() {
    let paths = Services.all.flatMap(\.methods).map { $0.path.split(separator: ".").last ?? "" }
    #expect(OpenMethods.paths.isSubset(of: paths.map(String.init)))
  }

  @Test func `the embedded files are those of Assets`() throws {
    let folder = TestEnvironment.checkout + "/Sources/Gateway/Assets"
    #expect(
      Set(EmbeddedAssets.files.map(\.name))
        == Set(try FileManager.default.contentsOfDirectory(atPath: folder)))
    for file in EmbeddedAssets.files {
      #expect(try String(contentsOfFile: "\(folder)/\(file.name)", encoding: .utf8) == file.text)
    }
  }

  private static func collect(_ value: Any, into references: inout Set<String>) {
    if let members = value as? [String: Any] {
      for (name, member) in members {
        if name == "$ref", let reference = member as? String { references.insert(reference) }
        collect(member, into: &references)
      }
    } else if let elements = value as? [Any] {
      for element in elements { collect(element, into: &references) }
    }
  }
}
