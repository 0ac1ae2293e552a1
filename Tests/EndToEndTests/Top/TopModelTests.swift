import RPCClient
import Testing

@testable import berth

/// What `berth top` shows, and what keys and changes do to it.
struct TopModelTests {
  private static let now: Int64 = 1_800_000_000

  private static func deployment(
    _ name: String, _ state: DeploymentState = .queued, priority: Int32 = 0, age: Int64 = 60,
    gpu: Int64 = 0, cluster: String = ""
  ) -> Deployment {
    Deployment(
      id: "id-\(name)", placedClusterID: cluster, name: name, image: "example.com/x:1",
      resources: Resources(cpuMillis: 500, memoryBytes: 1 << 30, gpuMillis: gpu),
      priority: priority, maxAttempts: 3, state: state,
      createdAt: Timestamp(seconds: now - age), scheduledAt: Timestamp(seconds: now - age),
      startedAt: Timestamp(seconds: now - age))
  }

  private static func change(_ deployment: Deployment, sequence: Int64 = 0)
    -> WatchDeploymentsResponse
  {
    WatchDeploymentsResponse(
      event: DeploymentEvent(
        deploymentID: deployment.id, sequence: sequence, state: deployment.state),
      deployment: deployment)
  }

  private static func model(
    _ deployments: [Deployment] = [], width: Int = 100, height: Int = 30
  ) -> TopModel {
    var model = TopModel(address: "berth.example:7443", organization: nil, now: now)
    model.resize(width: width, height: height)
    model.update { data in
      data.clusters = [
        Cluster(
          id: "c1", name: "atlas",
          capacity: Resources(cpuMillis: 4_000, memoryBytes: 8 << 30, gpuMillis: 2_000),
          allocated: Resources(cpuMillis: 1_000, memoryBytes: 1 << 30, gpuMillis: 1_500),
          gpuModel: "A100",
          gpuDevices: [
            GPUDevice(index: 0, model: "A100", allocatedMillis: 1_000),
            GPUDevice(index: 1, model: "A100", allocatedMillis: 500),
          ], agentAttached: true)
      ]
      for one in deployments { data.take(change(one), now: now) }
    }
    return model
  }

  private static func lines(_ model: TopModel) -> [String] {
    var model = model
    model.settle()
    let frame = model.frame()
    return (0..<frame.height).map { frame.text(row: $0) }
  }

  private static func names(_ model: TopModel, _ pane: TopModel.Pane = .queue) -> [String] {
    model.rows(of: pane).compactMap { $0.deployment?.name }
  }

  @Test func `the queue is in the order of priority, then age`() {
    let model = Self.model([
      Self.deployment("young", age: 5), Self.deployment("old", age: 50),
      Self.deployment("urgent", priority: 9, age: 1), Self.deployment("runs", .running),
    ])
    #expect(Self.names(model) == ["urgent", "old", "young"])
    #expect(Self.names(model, .running) == ["runs"])
    let lines = Self.lines(model)
    #expect(lines.contains { $0.contains("queued 3") && $0.contains("running 1") })
    #expect(lines.contains { $0.contains("atlas") && $0.contains("1.5/2") && $0.contains("█▄") })
  }

  @Test func `a change moves a row from pane to pane, and what ended goes after a while`() {
    var model = Self.model([Self.deployment("one")])
    model.update {
      $0.take(Self.change(Self.deployment("one", .scheduled), sequence: 1), now: Self.now)
    }
    #expect(Self.names(model).isEmpty && Self.names(model, .running) == ["one"])
    #expect(model.data.placementsPerSecond(now: Self.now) == 0.1)
    model.update {
      $0.take(Self.change(Self.deployment("one", .completed), sequence: 2), now: Self.now)
    }
    #expect(Self.lines(model).contains { $0.contains("one") && $0.contains("COMPLETED") })
    model.tick(now: Self.now + TopLimits.endedSeconds)
    #expect(Self.names(model, .running) == ["one"])
    model.tick(now: Self.now + TopLimits.endedSeconds + 1)
    #expect(Self.names(model, .running).isEmpty)
    #expect(model.data.placementsPerSecond(now: Self.now + 20) == 0)
  }

  @Test func `what ended while nobody listened goes when it is looked through`() {
    var model = Self.model([
      Self.deployment("gone"), Self.deployment("stays"), Self.deployment("told"),
    ])
    model.update { data in
      let watch = data.beginWatch()
      data.take(Self.change(Self.deployment("told", .running)), now: Self.now)
      data.reconcile(with: ["id-stays"], watch: watch)
    }
    #expect(Self.names(model) == ["stays"] && Self.names(model, .running) == ["told"])
    model.update { data in
      _ = data.beginWatch()
      // Another watch has begun meanwhile: this one's answer says nothing any more.
      data.reconcile(with: [], watch: 1)
    }
    #expect(Self.names(model) == ["stays"])
  }

  @Test func `keys select, and the selection stays with its row`() {
    var model = Self.model([Self.deployment("a", age: 30), Self.deployment("b", age: 20)])
    #expect(model.press(.down) == nil && model.view.selected == "id-b")
    model.update { $0.take(Self.change(Self.deployment("first", priority: 5)), now: Self.now) }
    #expect(model.index(in: model.rows(of: .queue), of: .queue) == 2)
    _ = model.press(.character("k"))
    #expect(model.view.selected == "id-a")
    _ = model.press(.end)
    #expect(model.view.selected == "id-b")
    _ = model.press(.home)
    #expect(model.view.selected == "id-first")
    for _ in 0..<10 { _ = model.press(.up) }
    #expect(model.view.selected == "id-first")
  }

  @Test func `sorts go round, and can be reversed`() {
    var model = Self.model([
      Self.deployment("b", priority: 5, age: 10, gpu: 1_000), Self.deployment("a", age: 20),
      Self.deployment("c", age: 5, gpu: 2_000),
    ])
    var seen: [String: [String]] = [:]
    for _ in model.sorts(of: .queue) {
      seen[model.sorts(of: .queue)[model.view.sort].name] = Self.names(model)
      _ = model.press(.character("s"))
    }
    #expect(model.view.sort == 0)
    #expect(seen["position"] == ["b", "a", "c"] && seen["age"] == ["a", "b", "c"])
    #expect(seen["name"] == ["a", "b", "c"] && seen["gpu"] == ["c", "b", "a"])
    _ = model.press(.character("r"))
    #expect(Self.names(model) == ["c", "a", "b"])
    #expect(Self.lines(model).contains { $0.contains("by position, reversed") })
  }

  @Test func `the filter keeps what has a text in it; Escape takes it away, then ends`() {
    var model = Self.model([Self.deployment("rose"), Self.deployment("tulip")])
    for key in "/TULI".map({ Key.character($0) }) { #expect(model.press(key) == nil) }
    #expect(Self.names(model) == ["tulip"])
    #expect(Self.lines(model).last?.hasPrefix("/TULI") == true)
    // A letter that means something elsewhere is a letter here.
    #expect(model.press(.character("q")) == nil && Self.names(model).isEmpty)
    _ = model.press(.backspace)
    _ = model.press(.enter)
    #expect(Self.names(model) == ["tulip"])
    #expect(model.press(.escape) == nil && Self.names(model).count == 2)
    #expect(model.press(.escape) == .quit)
    #expect(model.press(.control("c")) == .quit && model.press(.character("q")) == .quit)
    #expect(model.press(.control("z")) == .suspend)
  }

  @Test func `a pause holds what is shown, and what came meanwhile is shown after it`() {
    var model = Self.model([Self.deployment("one")])
    _ = model.press(.character("p"))
    model.update { $0.take(Self.change(Self.deployment("two")), now: Self.now) }
    #expect(Self.names(model) == ["one"])
    #expect(Self.lines(model)[0].contains("paused"))
    _ = model.press(.character("p"))
    #expect(Self.names(model) == ["one", "two"])
  }

  @Test func `Enter opens details, which come when they were asked for`() {
    let rose = Self.deployment("rose")
    var model = Self.model([rose])
    #expect(model.press(.enter) == .explain(id: rose.id) && model.openDeployment == rose.id)
    #expect(Self.lines(model).contains { $0.contains("asking") })
    model.show(
      TopDetails(ExplainDeploymentResponse(deployment: rose, summary: "waits for \u{1b}]0;room")))
    let lines = Self.lines(model)
    #expect(lines.contains { $0.contains("waits for ?]0;room") }, "\(lines)")
    // Those of another one, that was closed, are not shown.
    model.show(TopDetails(ExplainDeploymentResponse(deployment: Self.deployment("x"))))
    #expect(model.openDeployment == rose.id)
    #expect(model.press(.escape) == nil && model.openDeployment == nil)
    _ = model.press(.character("1"))
    #expect(model.press(.enter) == nil)
    #expect(Self.lines(model).contains { $0.contains("GPU 1  A100  0.5 in use") })
  }

  @Test func `an organization is chosen, and its deployments are watched`() {
    var model = Self.model([Self.deployment("one")])
    model.update {
      $0.organizations = [Organization(id: "o1", name: "acme"), Organization(id: "o2", name: "b")]
    }
    _ = model.press(.character("o"))
    #expect(Self.lines(model).contains { $0.contains("acme") })
    _ = model.press(.down)
    #expect(model.press(.enter) == .watch(organization: "o1"))
    #expect(Self.names(model).isEmpty && Self.lines(model)[0].contains("acme"))
    _ = model.press(.character("o"))
    #expect(model.press(.enter) == nil, "the same again is no other")
    _ = model.press(.character("o"))
    for _ in 0..<5 { _ = model.press(.up) }
    #expect(model.press(.enter) == .watch(organization: nil))
  }

  @Test func `a lost connection is told with its reason`() {
    var model = Self.model()
    model.update { $0.link = .away(reason: "connection refused", since: Self.now - 7) }
    let lines = Self.lines(model)
    #expect(lines[0].contains("away") && lines[1].contains("7s") && lines[1].contains("refused"))
  }

  @Test func `every size has a picture within its bounds`() {
    let deployments = (0..<60).map { index in
      Self.deployment(
        "百合\u{1b}[2J\(index)", index % 2 == 0 ? .queued : .running, gpu: 500, cluster: "c1")
    }
    for width in [1, 39, 40, 80, 9_999] {
      for height in [1, 9, 10, 19, 24, 60] {
        var model = Self.model(deployments, width: width, height: height)
        model.update { $0.scheduler = .refused }
        for keys in ["", "?", "o", "1", "2", "3G", "4"] {
          for key in keys { _ = model.press(.character(key)) }
          model.settle()
          let frame = model.frame()
          #expect(TopLimits.columns ~= frame.width && TopLimits.rows ~= frame.height)
          for row in 0..<frame.height {
            #expect(frame.text(row: row).width <= frame.width)
            #expect(!frame.text(row: row).contains("\u{1b}"))
          }
          if !keys.isEmpty, "?o".contains(keys) { _ = model.press(.escape) }
        }
      }
    }
  }

  @Test func `the selected row is on the screen`() {
    var model = Self.model(
      (0..<50).map { Self.deployment("d\($0)", age: 100 - Int64($0)) }, width: 80, height: 10)
    for step in [30, -12, 49, -49] {
      for _ in 0..<abs(step) { _ = model.press(step > 0 ? .down : .up) }
      let selected = model.rows(of: .queue).first { $0.id == model.view.selected }
      let name = selected?.deployment?.name ?? "none"
      #expect(Self.lines(model).contains { $0.contains(" \(name) ") }, "\(name)")
    }
  }

  @Test func `no more than the bound is kept, and it says so`() {
    var model = Self.model()
    model.update { data in
      for index in 0..<TopLimits.deployments + 3 {
        data.take(Self.change(Self.deployment("\(index)")), now: Self.now)
      }
    }
    #expect(model.data.deployments.count == TopLimits.deployments && model.data.untold == 3)
    #expect(Self.lines(model)[1].contains("(3 more)"))
  }

  @Test func `a page has every pane whole`() {
    let model = Self.model((0..<40).map { Self.deployment("d\($0)") })
    let page = model.page().lines(hasColour: false)
    for index in 0..<40 { #expect(page.contains { $0.contains("d\(index) ") }) }
    #expect(page.contains { $0.contains("4 Scheduler") })
  }

  @Test func `words are broken at blanks, and long ones anywhere`() {
    #expect(TopModel.wrapped("one two three", width: 8) == ["one two", "three"])
    #expect(TopModel.wrapped("abcdefghij", width: 4) == ["abcd", "efgh", "ij"])
    #expect(TopModel.wrapped("百合百合", width: 5) == ["百合", "百合"])
    #expect(TopModel.wrapped("", width: 5) == [""])
  }
}
