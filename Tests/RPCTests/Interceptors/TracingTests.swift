import Logging
import Messages
import RPCClient
import RPCServer
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct TracingTests {
  private static let trace = "0af7651916cd43dd8448eb211c80319c"
  private static let parent = "b7ad6b7169203331"

  /// What a handler sees of its scope: its `traceparent`, and whether its deadline is the call's.
  private static func setUp(_ setup: inout RPCFixture.Setup, _ tracing: Tracing = Tracing()) {
    setup.interceptors = [tracing]
    setup.router.add(TestMethods.echo) { _, context async throws(RPCStatus) in
      await Task.yield()
      let scope = CallScope.current
      let distance = (scope?.deadline).flatMap { end in context.deadline.map { end - $0 } }
      let isRight = distance.map { abs($0 / .milliseconds(1)) < 50 } ?? false
      return "\(scope?.traceparent ?? "none") \(isRight ? "bounded" : "endless")"
    }
    setup.router.serverStreaming(TestMethods.list) {
      (_: LogsRequest, responses: ResponseWriter<LogsResponse>, _: CallContext)
        async throws(RPCStatus) in
      try await responses.write(LogsResponse(CallScope.current?.traceparent ?? "none"))
    }
  }

  @Test func `a handler's scope carries the caller's trace on with a span of its own`()
    async throws
  {
    let access = RecordedLog()
    try await RPCFixture.with { setup in
      Self.setUp(&setup)
      setup.interceptors.append(AccessLog(access.logger, level: .info))
    } _: { fixture async throws in
      let options = CallOptions(
        deadline: .seconds(50),
        metadata: ["traceparent": "00-\(Self.trace)-\(Self.parent)-01"])
      let seen = try await fixture.echo("", options: options)
      let parts = seen.split { $0 == "-" || $0 == " " }.map(String.init)
      #expect(parts.count == 5)
      #expect(parts[1] == Self.trace)
      #expect(parts[2] != Self.parent)
      #expect(parts[2].count == 16)
      #expect(parts[3] == "01")
      #expect(parts[4] == "bounded")
      let line = try #require(access.lines.first?.metadata)
      #expect(line["trace_id"] == Self.trace)
      #expect(line["span_id"] == parts[2])
      for try await response in fixture.list(
        0, options: CallOptions(metadata: ["traceparent": "00-\(Self.trace)-\(Self.parent)-00"]))
      {
        let text = String(decoding: response.data, as: UTF8.self)
        #expect(text.hasPrefix("00-\(Self.trace)-"))
        #expect(text.hasSuffix("-00"))
      }
    }
  }

  @Test(arguments: [
    "", "00", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-0", "00-\(trace)-\(parent)-01-x",
    "ff-\(trace)-\(parent)-01", "00-\(trace.uppercased())-\(parent)-01",
    "00-00000000000000000000000000000000-\(parent)-01", "00-\(trace)-0000000000000000-01",
    "00_\(trace)_\(parent)_01", "0g-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-0z",
    "01-\(trace)-\(parent)-01x",
  ])
  func `what is malformed is ignored`(traceparent: String) async throws {
    try await RPCFixture.with {
      Self.setUp(&$0)
    } _: { fixture async throws in
      let options = CallOptions(metadata: ["traceparent": traceparent])
      #expect(try await fixture.echo("", options: options) == "none bounded")
    }
  }

  @Test func `a later version is taken for what this one knows of it`() async throws {
    try await RPCFixture.with {
      Self.setUp(&$0)
    } _: { fixture async throws in
      let options = CallOptions(
        metadata: ["traceparent": "42-\(Self.trace)-\(Self.parent)-ff-more"])
      let seen = try await fixture.echo("", options: options)
      #expect(seen.hasPrefix("00-\(Self.trace)-"))
      #expect(seen.hasSuffix("-03 bounded"))
    }
  }

  @Test func `traces begin at the server if it is asked to, each another`() async throws {
    try await RPCFixture.with {
      Self.setUp(&$0, Tracing(startsTraces: true))
    } _: { fixture async throws in
      let (first, second) = (try await fixture.echo(""), try await fixture.echo(""))
      #expect(first.hasPrefix("00-") && first.split(separator: "-").count == 4)
      #expect(first.split(separator: "-")[1] != second.split(separator: "-")[1])
    }
  }

  @Test func `a call made by a handler inherits deadline and trace`() async throws {
    let inner = Box<Channel?>(nil)
    try await RPCFixture.with { setup in
      Self.setUp(&setup)
      setup.router.add(TestMethods.change) { request, _ async throws(RPCStatus) in
        let answer: LogsResponse = try await inner.value!.unary(
          TestMethods.echo, LogsRequest(), options: CallOptions())
        return String(decoding: answer.data, as: UTF8.self)
      }
    } _: { fixture async throws in
      inner.value = fixture.channel
      let seen = try await fixture.change(
        options: CallOptions(
          deadline: .seconds(40), metadata: ["traceparent": "00-\(Self.trace)-\(Self.parent)-01"]))
      inner.value = nil
      #expect(seen.hasPrefix("00-\(Self.trace)-"))
      #expect(seen.hasSuffix("bounded"))
    }
  }

  @Test func `a task that a handler leaves behind keeps the scope it was made in`() async throws {
    let gate = Gate()
    let left = Box<[Task<String, Never>]>([])
    try await RPCFixture.with { setup in
      Self.setUp(&setup)
      setup.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
        // Outlives the call, which is answered at once.
        left.value.append(
          Task {
            await gate.wait()
            return CallScope.current?.traceparent ?? "none"
          })
        return ""
      }
    } _: { fixture async throws in
      let others = (1...4).map { "\($0)af7651916cd43dd8448eb211c80319c" }
      for trace in others {
        let options = CallOptions(metadata: ["traceparent": "00-\(trace)-\(Self.parent)-01"])
        _ = try await fixture.change(options: options)
      }
      // By the same drivers.
      for _ in 0..<20 { _ = try await fixture.echo("") }
      gate.open()
      var seen: [String] = []
      for task in left.value { seen.append(await task.value) }
      #expect(seen.map { String($0.prefix(35).dropFirst(3)) } == others)
    }
  }

  @Test func `calls that leave no task behind are run by the same one`() async throws {
    let tasks = Box<Set<Int>>([])
    try await RPCFixture.with { setup in
      Self.setUp(&setup)
      setup.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
        await Task.yield()
        let task = withUnsafeCurrentTask { $0?.hashValue ?? 0 }
        tasks.value = tasks.value.union([task])
        return ""
      }
    } _: { fixture async throws in
      for _ in 0..<30 { _ = try await fixture.change() }
      #expect(tasks.value.count == 1)
    }
  }

  @Test func `child tasks of a handler inherit its scope`() async throws {
    try await RPCFixture.with { setup in
      setup.interceptors = [Tracing()]
      setup.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
        async let one = CallScope.current?.traceparent ?? "none"
        let all = await withTaskGroup(of: String.self) { group in
          group.addTask { CallScope.current?.traceparent ?? "none" }
          return await group.reduce(into: [String]()) { $0.append($1) }
        }
        return "\(await one) \(all[0])"
      }
    } _: { fixture async throws in
      let options = CallOptions(
        metadata: ["traceparent": "00-\(Self.trace)-\(Self.parent)-01"])
      for _ in 0..<3 {
        let seen = try await fixture.change(options: options).split(separator: " ")
        #expect(seen.count == 2)
        #expect(seen[0] == seen[1] && seen[0].hasPrefix("00-\(Self.trace)-"))
      }
    }
  }
}
