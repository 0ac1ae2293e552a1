import Domain
import Foundation
import Testing

@Suite struct AccessRulesTests {
  /// Every method of every .proto, as its path.
  static func methods() throws -> Set<String> {
    var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    folder.append(path: "Protos/berth/v1")
    var methods: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where file.hasSuffix(".proto") {
      var service = ""
      for line in try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        .split(separator: "\n")
      {
        let words = line.split { " ({".contains($0) }
        if words.first == "service" { service = String(words[1]) }
        if words.first == "rpc" { methods.insert("berth.v1.\(service)/\(words[1])") }
      }
    }
    return methods
  }

  @Test func `every method has a rule, and every rule a method`() throws {
    let methods = try Self.methods()
    #expect(methods.count > 30)
    #expect(methods.subtracting(AccessRules.standard.keys) == [])
    #expect(Set(AccessRules.standard.keys).subtracting(methods) == [])
  }

  @Test func `anyone may sign up, log in and ask for health and version, and nothing else`() {
    let open = AccessRules.standard.filter { $0.value == .anyone }.keys
    #expect(
      Set(open) == [
        "berth.v1.UserService/CreateUser", "berth.v1.UserService/Login",
        "berth.v1.UserService/RefreshToken", "berth.v1.AdminService/Version",
        "berth.v1.HealthService/Check", "berth.v1.HealthService/Watch",
      ])
  }

  @Test func `operators' calls are the SuperAdmin's`() {
    for (method, rule) in AccessRules.standard
    where method.contains("AdminService") && !method.hasSuffix("/Version") {
      #expect(rule == .superAdmin, "\(method)")
    }
  }

  @Test func `what a viewer may, a developer may; what a developer may, an admin may`() {
    for (method, rule) in AccessRules.standard {
      guard case .roles(let roles) = rule else { continue }
      #expect(roles.contains(.admin), "\(method)")
      #expect(!roles.contains(.viewer) || roles.contains(.developer), "\(method)")
    }
  }

  @Test func `a viewer changes nothing, and a developer only deployments`() {
    let reading = ["Get", "List", "Watch", "Logs", "Explain"]
    for (method, rule) in AccessRules.standard {
      guard case .roles(let roles) = rule else { continue }
      let name = method.split(separator: "/")[1]
      let isReading = reading.contains { name.hasPrefix($0) }
      if roles.contains(.viewer) { #expect(isReading, "\(method)") }
      if roles.contains(.developer), !isReading {
        #expect(method.contains("DeploymentService"), "\(method)")
      }
    }
  }
}
