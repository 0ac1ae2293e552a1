import Messages
import Testing

struct DescriptorTests {
  @Test("every service of the API is registered, every method is found by its path")
  func services() throws {
    #expect(
      Services.all.map(\.name) == [
        "berth.v1.AdminService", "berth.v1.AgentService", "berth.v1.ClusterService",
        "berth.v1.DeploymentService", "berth.v1.HealthService", "berth.v1.OrganizationService",
        "berth.v1.PriorityClassService", "berth.v1.ReflectionService",
        "berth.v1.ServiceAccountService",
        "berth.v1.StatisticsService", "berth.v1.UserService",
      ])
    for service in Services.all {
      #expect(!service.methods.isEmpty)
      for method in service.methods {
        #expect(method.path == "\(service.name)/\(method.name)")
        let found = try #require(Services.method(path: method.path))
        #expect(found == method)
        #expect(found.input == method.input && found.output == method.output)
        #expect(Services.method(path: "/" + method.path) == method)
        #expect(method.input.descriptor.fullName.hasPrefix("berth.v1."))
      }
    }
    #expect(Services.method(path: "berth.v1.UserService/createUser") == nil)
    #expect(Services.method(path: "") == nil)
  }

  @Test("a method knows its streams, its types and whether it may be repeated")
  func methods() {
    let attach = AgentServiceMethods.attach
    #expect(attach.requestStreaming && attach.responseStreaming)
    #expect(attach.input == AgentMessage.self && attach.output == AgentCommand.self)
    let logs = DeploymentServiceMethods.logs
    #expect(!logs.requestStreaming && logs.responseStreaming)
    #expect(logs.idempotency == .noSideEffects)
    #expect(DeploymentServiceMethods.cancelDeployment.idempotency == .idempotent)
    #expect(UserServiceMethods.createUser.idempotency == .unknown)
    #expect(UserServiceMethods.whoAmI.path == "berth.v1.UserService/WhoAmI")
  }

  @Test("a message lists its fields with number, name, kind and label")
  func fields() throws {
    let fields = Deployment.descriptor.fields
    #expect(fields.count == 32)
    let byName = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0) })
    let environment = try #require(byName["env"])
    guard case .map(key: .string) = environment.label, case .string = environment.kind else {
      Issue.record("env is \(environment)")
      return
    }
    let exitCode = try #require(byName["exit_code"])
    guard case .optional = exitCode.label, case .int32 = exitCode.kind else {
      Issue.record("exit_code is \(exitCode)")
      return
    }
    #expect(exitCode.number == 17)
    #expect(exitCode.jsonName == "exitCode")
    let state = try #require(byName["state"])
    guard case .enumeration(let type) = state.kind else {
      Issue.record("state is \(state)")
      return
    }
    #expect(type.descriptor.fullName == "berth.v1.DeploymentState")
    let hello = try #require(AgentMessage.descriptor.fields.first)
    guard case .oneof("message") = hello.label, case .message(let inner) = hello.kind else {
      Issue.record("hello is \(hello)")
      return
    }
    #expect(inner.descriptor.fullName == "berth.v1.AgentMessage.Hello")
  }
}
