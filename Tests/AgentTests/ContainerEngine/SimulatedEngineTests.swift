import Logging
import TestSupport
import Testing

@testable import ContainerEngine

@Suite struct SimulatedEngineTests {
  private let folder: TemporaryFolder
  private let clock = ManualClock()

  init() throws { folder = try TemporaryFolder() }

  private func open(options: DockerOptions = DockerOptions()) throws -> SimulatedEngine {
    try SimulatedEngine(
      folder: folder.file("engine"), options: options, clock: clock, logger: .silent)
  }

  private func spec(
    _ deployment: String = "d1", attempt: Int32 = 1, cluster: String = "c1",
    command: [String] = [], environment: [String: String] = [:], gpus: [Int32] = []
  ) -> ContainerSpec {
    ContainerSpec(
      key: ContainerKey(deployment: deployment, attempt: attempt), cluster: cluster,
      image: "model:1", command: command, environment: environment, gpuDevices: gpus)
  }

  private func text(_ stream: sending LogStream) async throws -> String {
    var text = ""
    for try await chunk in stream { text += String(decoding: chunk.bytes, as: UTF8.self) }
    return text
  }

  @Test func `a container runs as long as its command says and ends with its exit code`()
    async throws
  {
    let engine = try open()
    let spec = spec(command: ["sh", "-c", "echo one; sleep 5; echo two >&2; exit 3"])
    let record = try await engine.start(spec)
    #expect(record.phase == .running)
    clock.advance(by: .milliseconds(4999))
    #expect(try await engine.inspect(spec.key).phase == .running)
    clock.advance(by: .milliseconds(1))
    #expect(try await engine.inspect(spec.key).phase == .ended(ContainerExit(exitCode: 3)))
    #expect(try await text(engine.logs(spec.key, LogQuery())) == "one\ntwo\n")
    #expect(try await text(engine.logs(spec.key, LogQuery(tailLines: 1))) == "two\n")
  }

  @Test func `the environment overrules time and exit code`() async throws {
    let engine = try open()
    let spec = spec(
      command: ["/serve"],
      environment: ["BERTH_SIM_SECONDS": "0.25", "BERTH_SIM_EXIT_CODE": "9"])
    _ = try await engine.start(spec)
    clock.advance(by: .milliseconds(250))
    #expect(try await engine.inspect(spec.key).phase == .ended(ContainerExit(exitCode: 9)))
  }

  @Test func `without a command it runs until it is stopped, and is gone when removed`()
    async throws
  {
    let engine = try open()
    let spec = spec()
    _ = try await engine.start(spec)
    clock.advance(by: .seconds(86_400 * 30))
    #expect(try await engine.inspect(spec.key).phase == .running)
    #expect(try await engine.stop(spec.key, grace: .zero) == ContainerExit(exitCode: 143))
    #expect(try await engine.list(cluster: "c1").count == 1)
    try await engine.remove(spec.key)
    try await engine.remove(spec.key)
    #expect(try await engine.list(cluster: "c1") == [])
    #expect(try await engine.stop(spec.key, grace: .zero) == nil)
  }

  @Test func `the same start twice is one container`() async throws {
    let engine = try open()
    let first = try await engine.start(spec())
    clock.advance(by: .seconds(1))
    let second = try await engine.start(spec())
    #expect(first == second)
    #expect(try await engine.list(cluster: "c1").count == 1)
  }

  @Test func `a restarted engine finds its containers, and ends those whose time is over`()
    async throws
  {
    let short = spec("short", command: ["sleep", "5"], environment: ["BERTH_SIM_EXIT_CODE": "4"])
    let long = spec("long", command: ["sleep", "50"])
    do {
      let engine = try open()
      for spec in [short, long] { _ = try await engine.start(spec) }
      clock.advance(by: .seconds(1))
    }
    clock.advance(by: .seconds(10))
    let engine = try open()
    #expect(try await engine.list(cluster: "other") == [])
    let found = try await engine.list(cluster: "c1")
    #expect(found.map(\.key) == [long.key, short.key])
    #expect(found.map(\.phase) == [.running, .ended(ContainerExit(exitCode: 4))])
    clock.advance(by: .seconds(39))
    #expect(try await engine.inspect(long.key).phase == .ended(ContainerExit(exitCode: 0)))
  }

  @Test func `a damaged file is put aside and the others are found`() async throws {
    do {
      let engine = try open()
      _ = try await engine.start(spec())
    }
    try folder.write("{", to: "engine/d2.1.json")
    let engine = try open()
    #expect(try await engine.list(cluster: "c1").map(\.key.deployment) == ["d1"])
    #expect(try folder.read("engine/d2.1.json.damaged") == "{")
  }

  @Test func `events begin with a snapshot and tell endings when they happen`() async throws {
    let engine = try open()
    let early = spec("early", command: ["sleep", "2"])
    _ = try await engine.start(early)
    let events = try await engine.events(cluster: "c1")
    #expect(try await events.next() == .snapshot(try await engine.list(cluster: "c1")))
    let clock = clock
    let mover = Task {
      try await eventually { clock.sleepers == 1 }
      clock.advance(by: .seconds(2))
    }
    let ending = try await events.next()
    try await mover.value
    guard case .changed(let record) = ending else {
      Issue.record("not a change")
      return
    }
    #expect(record.phase == .ended(ContainerExit(exitCode: 0)))
    _ = try await engine.start(spec("other", cluster: "c2"))
    try await engine.remove(early.key)
    #expect(try await events.next() == .removed(early.key))
  }

  @Test func `followed output comes line by line and ends with the container`() async throws {
    let engine = try open()
    let spec = spec(command: ["sh", "-c", "echo a; sleep 1; echo b; sleep 1"])
    _ = try await engine.start(spec)
    var chunks = try await engine.logs(spec.key, LogQuery(follow: true)).makeAsyncIterator()
    #expect(try await chunks.next()?.bytes == Array("a\n".utf8))
    let clock = clock
    let mover = Task {
      try await eventually { clock.sleepers > 0 }
      clock.advance(by: .seconds(1))
      try await eventually { clock.sleepers > 0 }
      clock.advance(by: .seconds(1))
    }
    #expect(try await chunks.next()?.bytes == Array("b\n".utf8))
    #expect(try await chunks.next() == nil)
    try await mover.value
  }

  @Test func `an endless container prints, and no more than is kept is told`() async throws {
    let engine = try open()
    _ = try await engine.start(spec())
    clock.advance(by: .seconds(5000))
    let text = try await text(engine.logs(spec().key, LogQuery()))
    let lines = text.split(separator: "\n")
    #expect(lines.count == EngineLimits.simulatedLogLines)
    #expect(lines.last == "simulated: running, second 5000")
  }

  @Test func `what cannot be started says why`() async throws {
    let engine = try open(options: DockerOptions(gpus: .none))
    let missing = spec(environment: ["BERTH_SIM_START_ERROR": "image-not-found"])
    let error = await #expect(throws: EngineError.self) { try await engine.start(missing) }
    #expect(error?.code == .imageNotFound)
    #expect(error?.isRetryable == false)
    let gpu = await #expect(throws: EngineError.self) {
      try await engine.start(spec("d2", gpus: [0]))
    }
    #expect(gpu?.code == .refused)
    let name = await #expect(throws: EngineError.self) {
      try await engine.start(spec("../d2"))
    }
    #expect(name?.code == .refused)
    #expect(try await engine.list(cluster: "c1") == [])
  }

  @Test func `waiting for events ends when the task is cancelled`() async throws {
    let engine = try open()
    let task = Task { () -> EngineError.Code? in
      do throws(EngineError) {
        let events = try await engine.events(cluster: "c1")
        while true { _ = try await events.next() }
      } catch {
        return error.code
      }
    }
    task.cancel()
    #expect(await task.value == .cancelled)
  }
}
