import Domain
import Testing

@Suite struct DeploymentValidationTests {
  /// The fields refused of a draft that is good but for one change.
  func refused(_ change: (inout DeploymentDraft) -> Void) async throws -> [String] {
    let acme = try await Platform.acme()
    let cluster = try await acme.platform.cluster("c1", in: acme.id, by: acme.ada)
    var draft = acme.draft(cluster: cluster)
    change(&draft)
    return await refusedFields { try await acme.platform.deploy(draft, by: acme.ada) }
  }

  @Test func `every field that breaks a rule is named at once`() async throws {
    let platform = Platform()
    let ada = try await platform.person("ada")
    let draft = DeploymentDraft(
      organizationID: "acme", clusterID: "c1", name: " x", image: "", command: ["a", "b\0"],
      environment: ["1X": "", "OK": "1"],
      resources: RequestedResources(cpuMillis: 0, memoryBytes: 0, gpuMillis: 1_001),
      gpuModels: [""], priority: -1, maxAttempts: 101,
      idempotencyKey: String(repeating: "k", count: 129))
    #expect(
      await refusedFields { try await platform.deploy(draft, by: ada) } == [
        "organization_id", "cluster_id", "name", "image", "command[1]", "env[\"1X\"]",
        "resources.cpu_millis", "resources.memory_bytes", "resources.gpu_millis", "gpu_models[0]",
        "priority", "max_attempts", "idempotency_key",
      ])
  }

  @Test(
    arguments: [
      "", " ", "bert 1", "bert\n", "-bert", "/bert", "bert:", "bert/", "b\u{e9}rt", "bert\0",
      "--privileged", String(repeating: "i", count: 513),
    ])
  func `a bad image is refused`(image: String) async throws {
    #expect(try await refused { $0.image = image } == ["image"])
  }

  @Test(
    arguments: [
      "bert", "bert:1.0", "Registry.Example.com:5000/models/bert_base-uncased:v1.2.3",
      "bert@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      "sha256:abc", String(repeating: "i", count: 512),
    ])
  func `a good image passes`(image: String) async throws {
    #expect(try await refused { $0.image = image } == [])
  }

  @Test(
    arguments: [
      ("", "env[\"\"]"), ("1X", "env[\"1X\"]"), ("A-B", "env[\"A-B\"]"), ("A B", "env[\"A B\"]"),
      ("\u{c9}", "env[\"\u{c9}\"]"), ("A\n", "env[\"A?\"]"), ("A\"]", "env[\"A\\\"]\"]"),
    ])
  func `a bad variable is refused by its name, in printable form`(
    name: String, field: String
  ) async throws {
    #expect(try await refused { $0.environment = [name: "1"] } == [field])
  }

  @Test func `an endless name of a variable is not told back whole`() async throws {
    let fields = try await refused {
      $0.environment = [String(repeating: "A", count: 10_000): "1"]
    }
    #expect(fields.count == 1)
    #expect(fields[0].utf8.count < 100)
  }

  @Test func `variables are bounded in number and length`() async throws {
    func many(_ count: Int) -> [String: String] {
      Dictionary(uniqueKeysWithValues: (0..<count).map { ("V\($0)", "") })
    }
    #expect(try await refused { $0.environment = many(128) } == [])
    #expect(try await refused { $0.environment = many(129) } == ["env"])
    let long = String(repeating: "v", count: 8_192)
    #expect(try await refused { $0.environment = ["_a9": long] } == [])
    #expect(try await refused { $0.environment = ["A": long + "v"] } == ["env[\"A\"]"])
    #expect(try await refused { $0.environment = ["A": "x\0y"] } == ["env[\"A\"]"])
    // Eight of them, but for the bytes of their names, are as many as may be.
    func wide(_ last: Int) -> [String: String] {
      var variables = Dictionary(uniqueKeysWithValues: (0..<7).map { ("V\($0)", long) })
      variables["V7"] = String(repeating: "v", count: last)
      return variables
    }
    #expect(try await refused { $0.environment = wide(8_192 - 16) } == [])
    #expect(try await refused { $0.environment = wide(8_192 - 15) } == ["env"])
  }

  @Test func `a command is bounded in number and length`() async throws {
    #expect(try await refused { $0.command = Array(repeating: "a", count: 64) } == [])
    #expect(try await refused { $0.command = Array(repeating: "a", count: 65) } == ["command"])
    let long = String(repeating: "c", count: 4_096)
    #expect(try await refused { $0.command = ["a", long] } == [])
    #expect(try await refused { $0.command = ["a", long + "c"] } == ["command[1]"])
    #expect(try await refused { $0.command = ["", "a"] } == ["command[0]"])
    #expect(try await refused { $0.command = Array(repeating: long, count: 8) } == [])
    #expect(
      try await refused { $0.command = Array(repeating: long, count: 8) + ["c"] } == ["command"])
    #expect(try await refused { $0.command = ["a", ""] } == [])
  }

  @Test func `priority, attempts and key are bounded`() async throws {
    for priority in [0, 1_000] { #expect(try await refused { $0.priority = priority } == []) }
    for priority in [-1, 1_001, .max, .min] {
      #expect(try await refused { $0.priority = priority } == ["priority"])
    }
    for attempts in [0, 1, 100] {
      #expect(try await refused { $0.maxAttempts = attempts } == [])
    }
    for attempts in [-1, 101, .max, .min] {
      #expect(try await refused { $0.maxAttempts = attempts } == ["max_attempts"])
    }
    let key = String(repeating: "k", count: 128)
    #expect(try await refused { $0.idempotencyKey = key } == [])
    #expect(try await refused { $0.idempotencyKey = key + "k" } == ["idempotency_key"])
  }

  @Test func `a name is optional and bounded`() async throws {
    #expect(try await refused { $0.name = "" } == [])
    #expect(try await refused { $0.name = String(repeating: "\u{6771}", count: 128) } == [])
    #expect(try await refused { $0.name = String(repeating: "n", count: 129) } == ["name"])
  }

  @Test func `resources have to be given, GPU not`() async throws {
    #expect(try await refused { $0.resources = nil } == ["resources"])
    #expect(
      try await refused { $0.resources = RequestedResources() }
        == ["resources.cpu_millis", "resources.memory_bytes"])
    #expect(try await refused { $0.resources?.gpuMillis = 0 } == [])
  }

  @Test func `models are bounded, and mean nothing without GPU`() async throws {
    #expect(
      try await refused {
        $0.resources?.gpuMillis = 100
        $0.gpuModels = Array(repeating: "A100", count: 17)
      } == ["gpu_models"])
    #expect(try await refused { $0.gpuModels = ["A100"] } == ["gpu_models"])
  }

  @Test func `a request that breaks a thousand rules is told of a bounded number`() async throws {
    let fields = try await refused {
      $0.command = (0..<64).map { "\($0)\0" }
      $0.environment = Dictionary(uniqueKeysWithValues: (0..<128).map { ("-\($0)", "") })
    }
    #expect(fields.count == DomainLimits.violations)
  }
}
