import EventLoop
import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

/// Channels that vanish within their calls: nothing of them is left, on the server or the client.
/// In a process of its own: descriptors and memory are the whole process's.
@Suite(.serialized) struct RPCSoakTests {
  private static let toleratedBytes = 5 << 20
  private static let count = 3_000

  @Test func `channels that are dropped within their calls leave nothing`() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      do {
        try await RPCFixture.with {
          $0.router.addEcho()
          // One response, and no more until the caller goes.
          let never = Gate()
          $0.router.serverStreaming(TestMethods.list) {
            (_: LogsRequest, responses: ResponseWriter<LogsResponse>, _: CallContext)
              async throws(RPCStatus) in
            try await responses.write(LogsResponse(attempt: 1))
            await never.wait()
          }
        } _: { fixture async throws in
          #expect(try await fixture.echo("before") == "before")
          // Once small, so that pools and tables have their size.
          try await RPCSoakTests.abandon(fixture, RPCSoakTests.count / 4)
          let before = try await ProcessUse.measure()
          try await RPCSoakTests.abandon(fixture, RPCSoakTests.count)
          let after = try await eventually("descriptors are back") {
            let use = try await ProcessUse.measure()
            return use.descriptors <= before.descriptors ? use : nil
          }
          print("\(RPCSoakTests.count) channels dropped: before \(before), after \(after)")
          #expect(after.residentBytes <= before.residentBytes + RPCSoakTests.toleratedBytes)
          #expect(try await fixture.echo("after") == "after")
        }
      } catch {
        // Past the body it would end the process without a word.
        Issue.record("\(error)")
      }
    }
    let text = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
    print(text.split(separator: "\n").filter { $0.contains("channels") }.joined(separator: "\n"))
  }

  /// Each reads a little of a stream that has no end, has a call under way, and goes.
  private static func abandon(_ fixture: RPCFixture, _ count: Int) async throws {
    for index in 0..<count {
      let channel = try await RPCFixture.connect(
        ChannelOptions(), loop: fixture.clientLoop, port: fixture.port)
      let responses: ResponseStream<LogsResponse> = channel.serverStreaming(
        TestMethods.list, LogsRequest())
      var iterator = responses.makeAsyncIterator()
      #expect(try await iterator.next()?.attempt == 1)
      let call = Task<LogsResponse, any Error> {
        try await channel.unary(TestMethods.echo, LogsRequest(deploymentID: "\(index)"))
      }
      await channel.close(grace: .zero)
      // It was answered, or it was not; what matters is that it ends.
      _ = await call.result
    }
  }
}
