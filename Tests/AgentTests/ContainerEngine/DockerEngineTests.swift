import Foundation
import Logging
import NIOHTTP1
import TestSupport
import Testing

@testable import ContainerEngine

/// A real Docker Engine, with the demo's image.
@Suite(
  .enabled(
    if: TestEnvironment.dockerHost != nil && TestEnvironment.dockerImage != nil,
    "no Docker Engine: BERTH_TEST_DOCKER_HOST and BERTH_TEST_DOCKER_IMAGE are not set"))
struct DockerEngineTests {
  private let image = TestEnvironment.dockerImage ?? ""
  private let cluster = UniqueName.make("cluster")

  /// Opens the engine, and removes this test's containers when the body is done.
  private func withEngine(
    _ options: DockerOptions = DockerOptions(network: .none, pull: .never),
    _ body: (DockerEngine) async throws -> Void
  ) async throws {
    let address = try DockerAddress(TestEnvironment.dockerHost ?? "")
    let engine = try await DockerEngine.connect(to: address, options: options, logger: .silent)
    let result: Result<Void, any Error>
    do { result = .success(try await body(engine)) } catch { result = .failure(error) }
    for record in try await engine.list(cluster: cluster) { try await engine.remove(record.key) }
    await engine.shutdown()
    try result.get()
  }

  private func spec(
    _ command: [String] = ["--seconds", "600"], attempt: Int32 = 1, image: String? = nil
  ) -> ContainerSpec {
    ContainerSpec(
      key: ContainerKey(deployment: UniqueName.make("d"), attempt: attempt), cluster: cluster,
      image: image ?? self.image, command: command, cpuMillis: 500, memoryBytes: 64 << 20)
  }

  private func ending(
    of key: ContainerKey, in engine: DockerEngine
  ) async throws -> ContainerExit {
    let events = try await engine.events(cluster: cluster)
    while true {
      switch try await events.next() {
      case .snapshot(let records):
        for case .ended(let exit) in records.filter({ $0.key == key }).map(\.phase) { return exit }
      case .changed(let record):
        if record.key == key, case .ended(let exit) = record.phase { return exit }
      case .removed:
        break
      }
    }
  }

  private func json(_ engine: DockerEngine, _ path: String) async throws -> [String: Any] {
    let answer = try await engine.http.call(.GET, engine.prefix + path)
    return try #require(try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
  }

  @Test func `the engine says who it is`() async throws {
    try await withEngine { engine in
      let version = try await engine.version()
      #expect(version.kind == .docker)
      #expect(!version.version.isEmpty)
      let interface = try #require(InterfaceVersion(version.interface))
      #expect(interface >= DockerEngine.oldestInterface)
    }
  }

  @Test func `a container runs, prints, ends, and is removed`() async throws {
    try await withEngine { engine in
      let spec = spec(["--seconds", "0"])
      let record = try await engine.start(spec)
      #expect(record.key == spec.key && record.phase == .running)
      #expect(try await ending(of: spec.key, in: engine) == ContainerExit(exitCode: 0))
      var text = ""
      for try await chunk in try await engine.logs(spec.key, LogQuery()) {
        #expect(chunk.stream == .standardOutput)
        text += String(decoding: chunk.bytes, as: UTF8.self)
      }
      #expect(text.hasPrefix("loaded 3 classes"))
      #expect(text.hasSuffix("done: 0 predictions\n"))
      try await engine.remove(spec.key)
      #expect(try await engine.list(cluster: cluster) == [])
      let gone = await #expect(throws: EngineError.self) { try await engine.inspect(spec.key) }
      #expect(gone?.code == .notFound)
    }
  }

  @Test func `an exit code and both streams come through, and the tail is the tail`() async throws {
    try await withEngine { engine in
      let spec = spec(["--seconds", "0", "--fail"])
      _ = try await engine.start(spec)
      #expect(try await ending(of: spec.key, in: engine) == ContainerExit(exitCode: 3))
      var errors = ""
      for try await chunk in try await engine.logs(spec.key, LogQuery())
      where chunk.stream == .standardError {
        errors += String(decoding: chunk.bytes, as: UTF8.self)
      }
      #expect(errors == "failing as asked\n")
      var bytes = 0
      for try await chunk in try await engine.logs(spec.key, LogQuery(tailLines: 1)) {
        bytes += chunk.bytes.count
      }
      #expect(
        bytes == "failing as asked\n".utf8.count || bytes == "done: 0 predictions\n".utf8.count)
    }
  }

  @Test func `limits, labels, environment and a bounded log reach the container`() async throws {
    try await withEngine { engine in
      var spec = spec()
      spec.environment = ["MODEL": "iris=1"]
      spec.gpuDevices = [0, 3]
      spec.gpuMillis = 2000
      let record = try await engine.start(spec)
      let inspected = try await json(engine, "/containers/\(record.id.value)/json")
      let host = try #require(inspected["HostConfig"] as? [String: Any])
      #expect(host["NanoCpus"] as? Int == 500_000_000)
      #expect(host["Memory"] as? Int == 64 << 20)
      #expect(host["AutoRemove"] as? Bool == false)
      #expect(host["NetworkMode"] as? String == "none")
      let log = try #require(host["LogConfig"] as? [String: Any])
      #expect(log["Type"] as? String == "json-file")
      #expect((log["Config"] as? [String: String])?["max-size"] == EngineLimits.logFileSize)
      #expect((host["DeviceRequests"] as? [Any] ?? []).isEmpty, "pretended devices")
      let configuration = try #require(inspected["Config"] as? [String: Any])
      let environment = try #require(configuration["Env"] as? [String])
      for expected in ["MODEL=iris=1", "NVIDIA_VISIBLE_DEVICES=0,3", "BERTH_GPU_DEVICES=0,3"] {
        #expect(environment.contains(expected))
      }
      let labels = try #require(configuration["Labels"] as? [String: String])
      #expect(labels["berth.deployment"] == spec.key.deployment)
      #expect(labels["berth.attempt"] == "1")
      #expect(labels["berth.cluster"] == cluster)
    }
  }

  @Test func `the same start twice is one container`() async throws {
    try await withEngine { engine in
      let spec = spec()
      let first = try await engine.start(spec)
      let second = try await engine.start(spec)
      #expect(first == second)
      #expect(try await engine.list(cluster: cluster) == [first])
      #expect(try await engine.list(cluster: cluster + "x") == [])
    }
  }

  @Test func `a stop ends a container within its grace, and is told as an event`() async throws {
    try await withEngine { engine in
      let spec = spec()
      _ = try await engine.start(spec)
      let events = try await engine.events(cluster: cluster)
      guard case .snapshot(let records) = try await events.next() else {
        Issue.record("no snapshot first")
        return
      }
      #expect(records.map(\.key) == [spec.key])
      var logs = try await engine.logs(spec.key, LogQuery(follow: true)).makeAsyncIterator()
      #expect(try await logs.next() != nil)
      #expect(try await engine.stop(spec.key, grace: .seconds(10)) == ContainerExit(exitCode: 0))
      while try await logs.next() != nil {}
      guard case .changed(let record) = try await events.next() else {
        Issue.record("no change")
        return
      }
      #expect(record.phase == .ended(ContainerExit(exitCode: 0)))
      try await engine.remove(spec.key)
      try await engine.remove(spec.key)
      #expect(try await events.next() == .removed(spec.key))
      #expect(try await engine.stop(spec.key, grace: .zero) == nil)
    }
  }

  @Test func `an image that is not there is not tried again`() async throws {
    try await withEngine { engine in
      let error = await #expect(throws: EngineError.self) {
        try await engine.start(spec(image: "berth-test/nothing:0"))
      }
      #expect(error?.code == .imageNotFound)
      #expect(error?.message.contains("berth-test/nothing:0") == true)
    }
  }

  @Test func `a limit that the host cannot hold is refused, or clamped where that is allowed`()
    async throws
  {
    var large = spec()
    large.cpuMillis = 100_000_000
    try await withEngine { engine in
      let error = await #expect(throws: EngineError.self) { try await engine.start(large) }
      #expect(error?.code == .refused)
      #expect(error?.message.contains("CPU") == true)
    }
    try await withEngine(DockerOptions(network: .none, limits: .clamp, pull: .never)) { engine in
      let record = try await engine.start(large)
      #expect(record.phase == .running)
    }
  }

  @Test func `a start that the engine refuses is told, and leaves a trace until it is removed`()
    async throws
  {
    try await withEngine(DockerOptions(network: .named("no-such-network"), pull: .never)) {
      engine in
      let spec = spec()
      await #expect(throws: EngineError.self) { try await engine.start(spec) }
      for record in try await engine.list(cluster: cluster) {
        guard case .ended(let exit) = record.phase else {
          Issue.record("left as \(record.phase)")
          return
        }
        #expect(exit.startError != nil)
      }
    }
  }

  @Test func `devices are refused where they may not be used`() async throws {
    try await withEngine(DockerOptions(network: .none, gpus: .none, pull: .never)) { engine in
      var spec = spec()
      spec.gpuDevices = [0]
      let error = await #expect(throws: EngineError.self) { try await engine.start(spec) }
      #expect(error?.code == .refused)
    }
  }

  @Test func `an engine that is not there is named in the error`() async throws {
    let error = await #expect(throws: EngineError.self) {
      try await DockerEngine.connect(
        to: DockerAddress("unix:///nowhere/docker.sock"), options: DockerOptions(),
        logger: .silent)
    }
    #expect(error?.code == .unreachable)
    #expect(error?.message.contains("/nowhere/docker.sock") == true)
  }
}
